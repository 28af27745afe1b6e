namespace AgentOps.Cli.Tests;

public sealed class what_it_takes_to_move_an_alias
{
    private const string Policy = """{"passedGate":true,"approvals":1,"gate":{"when":["final.success > longer.success","final.invalidRate <= longer.invalidRate"],"test":"paired","alpha":0.05}}""";

    [Fact]
    public async Task What_a_gate_must_have_asked_goes_with_the_policy_and_is_shown()
    {
        await using var gateway = new ScriptedServer((200, $$"""{"model":"agent","alias":"production","version":3,"policy":{{Policy}}}"""));

        Assert.Equal(ExitCode.Success, await RunAsync(gateway, "--passed-gate", "--gate", "final.success > longer.success and final.invalidRate <= longer.invalidRate", "--gate-test", "paired", "--gate-alpha", "0.05", "--approvals", "1"));

        Assert.Equal($"PUT /api/v1/models/agent/aliases/production/policy {Policy}", gateway.Requests[0].Replace("\\u003E", ">", StringComparison.Ordinal).Replace("\\u003C", "<", StringComparison.Ordinal));
    }

    [Fact]
    public async Task How_conditions_are_tested_is_not_said_without_them()
    {
        await using var gateway = new ScriptedServer();

        Assert.Equal(ExitCode.Usage, await RunAsync(gateway, "--passed-gate", "--gate-test", "paired"));

        Assert.Empty(gateway.Requests);
    }

    private static Task<int> RunAsync(ScriptedServer gateway, params string[] options) => Root.RunAsync(["models", "policy", "agent@production", .. options, "--url", gateway.Address, "--key", "k"]);
}
