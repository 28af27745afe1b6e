using AgentOps.Cli;

namespace AgentOps.Cli.Tests;

public sealed class ExitCodesThatScriptsCanUse
{
    private const string Nobody = "http://127.0.0.1:1";

    [Theory]
    [InlineData(ExitCode.Unreachable, "run", "list", "--url", Nobody, "--key", "k")]
    [InlineData(ExitCode.Usage, "run", "list", "--url", "not an address", "--key", "k")]
    [InlineData(ExitCode.Usage, "run", "submit", "/nonexistent/pipeline.yaml", "--url", Nobody, "--key", "k")]
    public async Task A_failure_ends_with_its_code(int code, params string[] args) => Assert.Equal(code, await Root.RunAsync(args));

    [Fact]
    public async Task A_gateway_that_cannot_be_reached_is_named_with_what_to_do()
    {
        var (standard, said) = (Console.Error, new StringWriter());
        Console.SetError(said);
        try
        {
            Assert.Equal(ExitCode.Unreachable, await Root.RunAsync(["run", "list", "--url", Nobody, "--key", "k"]));
        }
        finally
        {
            Console.SetError(standard);
        }

        Assert.Matches(@"\AThe gateway at http://127\.0\.0\.1:1/ cannot be reached \([^\n]*\): is the stack running\? Start it with [^\n]*\.\n\z", said.ToString());
    }

    [Theory]
    [InlineData(null, null, null, "http://127.0.0.1:8080")]
    [InlineData("http://127.0.0.1:8090\n", null, null, "http://127.0.0.1:8090")]
    [InlineData("http://127.0.0.1:8090\n", null, "8070", "http://127.0.0.1:8070")]
    [InlineData("http://127.0.0.1:8090\n", "http://elsewhere", "8070", "http://elsewhere")]
    public void The_stack_of_a_folder_is_found_on_whatever_port_it_answers(string? noted, string? url, string? port, string found)
    {
        var home = Directory.CreateTempSubdirectory("agentops-home-").FullName;
        if (noted is not null)
            File.WriteAllText(Path.Combine(home, "gateway.url"), noted);

        Assert.Equal(found, Connection.AddressIn(home, name => name switch { "AGENTOPS_URL" => url, "AGENTOPS_PORT" => port, _ => null }));
        Directory.Delete(home, recursive: true);
    }

    [Theory]
    [InlineData("run", "show")]
    [InlineData("run", "lits")]
    [InlineData("run", "list", "--colour")]
    public async Task A_call_that_is_wrong_ends_with_the_code_for_it(params string[] args) => Assert.Equal(ExitCode.Usage, await Root.RunAsync(args));

    [Fact]
    public async Task Help_is_an_answer() => Assert.Equal(ExitCode.Success, await Root.RunAsync(["run", "show", "--help"]));

    [Fact]
    public async Task A_watch_outlasts_the_restart_of_what_answers_it()
    {
        await using var gateway = new ScriptedServer(
            (503, """{"detail":"pipeline does not answer"}"""),
            (200, """{"id":"r","status":"running","steps":[]}"""),
            (503, """{"detail":"pipeline does not answer"}"""),
            (200, """{"id":"r","status":"succeeded","steps":[]}"""));

        Assert.Equal(ExitCode.Success, await Root.RunAsync(["run", "watch", "r", "--url", gateway.Address, "--key", "k"]));
        Assert.Equal(4, gateway.Answered);
    }

    [Fact]
    public async Task A_submission_whose_answer_was_lost_is_repeated_under_the_same_key()
    {
        var file = Path.GetTempFileName();
        await using var gateway = new ScriptedServer((503, "{}"), (202, """{"id":"r"}"""));

        Assert.Equal(ExitCode.Success, await Root.RunAsync(["run", "submit", file, "--url", gateway.Address, "--key", "k"]));

        Assert.Equal(2, gateway.Keys.Count);
        Assert.NotNull(Assert.Single(gateway.Keys.Distinct()));
        File.Delete(file);
    }

    [Fact]
    public async Task Any_other_refusal_ends_a_watch()
    {
        await using var gateway = new ScriptedServer((404, """{"detail":"There is no run 'r'."}"""));

        Assert.Equal(ExitCode.Refused, await Root.RunAsync(["run", "watch", "r", "--url", gateway.Address, "--key", "k"]));
    }

    [Fact]
    public async Task An_answer_that_is_not_the_gateways_is_said_to_be_so()
    {
        await using var other = new ScriptedServer((200, "<html>hello</html>"));

        Assert.Equal(ExitCode.Unreachable, await Root.RunAsync(["run", "list", "--url", other.Address, "--key", "k"]));
    }

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
