using System.Net;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace AgentOps.AppModel.Tests;

public sealed class A_start_that_fails : IDisposable
{
    private const string Sample = "tests/AgentOps.AppModel.Tests/Sample";
    private readonly Home home = new();

    public void Dispose() => home.Dispose();

    [Fact]
    public async Task Because_a_service_does_not_come_up_says_which_and_leaves_nothing()
    {
        var builder = home.CreateBuilder();
        builder.AddExecutable("sleeper", "/bin/sleep", home.Path, "1000").WithEnvironment("HOME_OF", home.Path);
        builder.AddExecutable("broken", "/bin/sh", home.Path, "-c", "echo cannot go on; exit 7").WithHttpEndpoint().WithHttpHealthCheck();
        await using var app = builder.Build();

        var failed = await Assert.ThrowsAsync<DistributedApplicationException>(() => app.StartAsync());

        Assert.Equal($"'broken' did not come up in 3 attempts, the last one ended with exit code 7; its output is in {home.Path}/logs/broken.log.", failed.Message);
        Assert.Contains("| cannot go on", home.Output.ToString(), StringComparison.Ordinal);
        Assert.Empty(home.Processes());
    }

    [Fact]
    public async Task Because_a_step_that_others_wait_for_fails_never_starts_those()
    {
        var builder = home.CreateBuilder();
        var migrate = builder.AddExecutable("migrate", "/bin/sh", home.Path, "-c", "exit 4");
        builder.AddExecutable("service", "/bin/sleep", home.Path, "1000").WaitForCompletion(migrate);
        await using var app = builder.Build();

        var failed = await Assert.ThrowsAsync<DistributedApplicationException>(() => app.StartAsync());

        Assert.StartsWith("'migrate' ended with exit code 4", failed.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(home.Path, "logs", "service.log")));
    }

    [Fact]
    public async Task Because_another_program_takes_a_port_at_that_moment_is_repeated_with_other_ports()
    {
        var go = Path.Combine(home.Path, "go");
        var builder = home.CreateBuilder();
        builder.AddProject("sample", Sample).WithHttpEndpoint().WithHttpHealthCheck().WithEnvironment("WAIT_UNTIL_EXISTS", go);
        await using var app = builder.Build();

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var start = app.StartAsync(patience.Token);
        await app.ResourceNotifications.WaitForResourceAsync("sample", e => e.State == KnownResourceStates.Starting, patience.Token);
        var lost = app.GetEndpoint("sample").Port;
        using var thief = new HttpListener { Prefixes = { $"http://127.0.0.1:{lost}/" } };
        thief.Start();
        _ = AnswerAsync(thief);
        await File.WriteAllTextAsync(go, "");
        await start;

        Assert.NotEqual(lost, app.GetEndpoint("sample").Port);
        using var http = new HttpClient();
        Assert.Equal("healthy", await http.GetStringAsync(new Uri(app.GetEndpoint("sample"), "/health")));
    }

    // Another program's health check answers too; that must not open the gate of the one whose port it took.
    private static async Task AnswerAsync(HttpListener listener)
    {
        while (listener.IsListening)
        {
            (await listener.GetContextAsync()).Response.Close();
        }
    }
}
