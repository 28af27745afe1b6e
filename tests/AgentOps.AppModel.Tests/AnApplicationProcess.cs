using AgentOps.AppModel.Processes;

namespace AgentOps.AppModel.Tests;

public sealed class An_application_process : IDisposable
{
    private const string Up = "Ctrl-C stops everything";
    private readonly Home home = new();

    public void Dispose() => home.Dispose();

    [Fact]
    public async Task Ends_everything_on_Ctrl_C()
    {
        using var host = HostProcess.Start("servers", home.Path);
        await host.WaitForAsync(Up);
        Assert.NotEmpty(home.Processes());

        host.Send(Signal.Interrupt);
        var (code, output) = await host.EndAsync();

        Assert.Equal(0, code);
        Assert.Contains("stopped", output, StringComparison.Ordinal);
        Assert.Empty(home.Processes());
    }

    [Fact]
    public async Task That_is_interrupted_on_the_way_up_leaves_nothing_either()
    {
        using var host = HostProcess.Start("servers", home.Path);
        await host.WaitForAsync("ready on");
        host.Send(Signal.Terminate);

        Assert.Equal(130, (await host.EndAsync()).Code);
        Assert.Empty(home.Processes());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task That_runs_one_resource_attached_shows_what_it_says_ends_with_it_where_nobody_looks_and_has_its_exit_code(int code)
    {
        using var host = HostProcess.Start("attached", home.Path, guest: $"echo the guest speaks; exit {code}");

        var (ended, output) = await host.EndAsync();

        Assert.Equal(code, ended);
        // Whoever comes from another terminal finds what may be called from outside.
        Assert.Contains($"is at {File.ReadAllText(Path.Combine(home.Path, "service.url"))}\n", output, StringComparison.Ordinal);
        Assert.Matches(@"running +state and logs in [^\n]+\nthe guest speaks\n(.*\n)*.*stopped", output);
        Assert.Empty(home.Processes());
    }

    [Fact]
    public async Task That_is_interrupted_while_one_runs_attached_ends_that_too()
    {
        using var host = HostProcess.Start("attached", home.Path, guest: "echo the guest speaks; exec sleep 1000");
        await host.WaitForAsync("the guest speaks");

        host.Send(Signal.Terminate);

        Assert.Equal(130, (await host.EndAsync()).Code);
        Assert.Empty(home.Processes());
    }

    [Fact]
    public async Task That_was_killed_has_its_leftovers_ended_by_the_next_start()
    {
        using var host = HostProcess.Start("servers", home.Path);
        await host.WaitForAsync(Up);
        host.Send(Signal.Kill);
        await host.EndAsync();
        var leftovers = home.Processes();
        Assert.Contains(leftovers, line => line.Contains("/bin/postgres", StringComparison.Ordinal));

        using var next = HostProcess.Start("servers", home.Path);
        await next.WaitForAsync("postgres             was left running by a stack that was killed; it is ended");
        await next.WaitForAsync(Up);
        next.Send(Signal.Interrupt);
        Assert.Equal(0, (await next.EndAsync()).Code);
        Assert.Empty(home.Processes());
    }

    [Fact]
    public async Task That_finds_its_folder_in_use_says_by_whom_and_what_to_do_and_leaves_the_first_alone()
    {
        using var first = HostProcess.Start("servers", home.Path);
        await first.WaitForAsync(Up);
        var before = home.Processes();

        using var second = HostProcess.Start("servers", home.Path);
        var (code, output) = await second.EndAsync();
        Assert.Equal(1, code);
        Assert.Matches($@"The state folder {home.Path} is in use by process {first.Id} of user [^\n]+: stop that stack first, or set AGENTOPS_HOME \(and AGENTOPS_PORT\) to run a second one beside it\.\n", output);
        Assert.Equal(before, home.Processes());

        first.Send(Signal.Interrupt);
        Assert.Equal(0, (await first.EndAsync()).Code);
    }

    [Fact]
    public async Task That_may_not_install_names_the_line_that_would_and_fails()
    {
        using var host = HostProcess.Start("missing", home.Path, new Dictionary<string, string> { ["AGENTOPS_NO_INSTALL"] = "1" });
        var (code, output) = await host.EndAsync();
        Assert.Equal(1, code);
        Assert.Contains("Missing on this machine: a compiler. To install them: apt-get install -y --no-install-recommends gcc-one gcc-two\n", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("container")]
    [InlineData("Process")]
    public async Task That_is_asked_for_another_runtime_says_so_and_starts_nothing(string runtime)
    {
        using var host = HostProcess.Start("servers", home.Path, new Dictionary<string, string> { ["AGENTOPS_RUNTIME"] = runtime });
        var (code, output) = await host.EndAsync();
        Assert.Equal(1, code);
        Assert.Contains($"AGENTOPS_RUNTIME is '{runtime}': containers are not supported yet, so unset it or set it to 'process'.\n", output, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(home.Path));
    }

    [Theory]
    [InlineData("")]
    [InlineData("process")]
    public async Task That_is_asked_for_processes_or_for_nothing_goes_on(string runtime)
    {
        using var host = HostProcess.Start("missing", home.Path, new Dictionary<string, string> { ["AGENTOPS_RUNTIME"] = runtime, ["AGENTOPS_NO_INSTALL"] = "1" });
        Assert.Contains("Missing on this machine", (await host.EndAsync()).Output, StringComparison.Ordinal);
    }
}
