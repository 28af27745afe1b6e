using AgentOps.Cli;

namespace AgentOps.Cli.Tests;

public sealed class ExitCodesThatScriptsCanUse
{
    private const string Nobody = "http://127.0.0.1:1";

    [Theory]
    [InlineData(ExitCode.Unreachable, "run", "list", "--url", Nobody, "--key", "k")]
    [InlineData(ExitCode.Usage, "run", "list", "--url", "not an address", "--key", "k")]
    [InlineData(ExitCode.Usage, "run", "submit", "/nonexistent/pipeline.yaml", "--url", Nobody, "--key", "k")]
    public async Task A_failure_ends_with_its_code(int code, params string[] args) => Assert.Equal(code, await Root.Create().Parse(args).InvokeAsync());

    [Fact]
    public async Task A_gateway_that_cannot_be_reached_is_named_with_what_to_do()
    {
        var (standard, said) = (Console.Error, new StringWriter());
        Console.SetError(said);
        try
        {
            Assert.Equal(ExitCode.Unreachable, await Root.Create().Parse(["run", "list", "--url", Nobody, "--key", "k"]).InvokeAsync());
        }
        finally
        {
            Console.SetError(standard);
        }

        Assert.Matches(@"\AThe gateway at http://127\.0\.0\.1:1/ cannot be reached \([^\n]*\): is the stack running\? Start it with [^\n]*\.\n\z", said.ToString());
    }

    [Fact]
    public async Task A_call_that_is_wrong_is_refused() => Assert.NotEqual(0, await Root.Create().Parse(["run", "show"]).InvokeAsync());

    [Theory]
    [InlineData("run")]
    [InlineData("trajectories")]
    [InlineData("models")]
    [InlineData("keys")]
    [InlineData("lineage")]
    [InlineData("deadletters")]
    [InlineData("ledger")]
    [InlineData("demo")]
    public void Every_promised_command_is_there(string name) => Assert.Contains(Root.Create().Subcommands, command => command.Name == name);
}
