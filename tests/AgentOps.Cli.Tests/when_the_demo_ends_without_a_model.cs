using AgentOps.Cli;

namespace AgentOps.Cli.Tests;

public sealed class when_the_demo_ends_without_a_model : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public async Task Where_no_gate_let_one_pass_nothing_is_deployed_and_the_exit_code_says_no() => await AssertAsksNoMoreAsync("""
        {"id":"r","status":"succeeded","steps":[{"path":"1.promote","kind":"promote","status":"succeeded",
          "promotion":{"model":"m","alias":"production","version":null,"candidates":[{"name":"sft","passed":false,"findings":["0.1 against 0.2, does not hold."]}]}}]}
        """);

    [Theory]
    [InlineData("failed")]
    [InlineData("cancelled")]
    public async Task Where_the_run_did_not_succeed_nothing_is_looked_at(string status) => await AssertAsksNoMoreAsync($$"""{"id":"r","status":"{{status}}","reason":"x","steps":[]}""");

    /// <summary>The submission, and a look at the run that has ended by then.</summary>
    private async Task AssertAsksNoMoreAsync(string run)
    {
        await using var gateway = new ScriptedServer((202, """{"id":"r"}"""), (200, run), (200, "{}"), (200, "{}"));

        Assert.Equal(ExitCode.Failed, await Root.RunAsync(["demo", "--pipeline", _file, "--url", gateway.Address, "--key", "k"]));

        Assert.Equal(["POST /api/v1/runs", "GET /api/v1/runs/r"], gateway.Requests);
    }
}
