using Aspire.Hosting;

namespace AgentOps.AppModel.Tests;

public sealed class A_stop : IDisposable
{
    private readonly Home home = new();

    public void Dispose() => home.Dispose();

    [Theory]
    [InlineData("sleep 1000 & exec sleep 1000")]
    [InlineData("setsid sleep 1000 & exec sleep 1000")]
    public async Task Ends_what_a_service_has_started_itself(string script)
    {
        await using var app = Shell(script, TimeSpan.FromSeconds(30));
        await app.StartAsync();
        await app.StopAsync();
        Assert.Empty(home.Processes());
    }

    [Fact]
    public async Task Kills_a_service_that_does_not_listen()
    {
        await using var app = Shell("trap '' TERM; while :; do sleep 1; done", TimeSpan.FromMilliseconds(200));
        await app.StartAsync();
        await app.StopAsync();
        Assert.Empty(home.Processes());
    }

    [Fact]
    public async Task Leaves_room_for_the_next_start()
    {
        await using var app = Shell("exec sleep 1000", TimeSpan.FromSeconds(30));
        await app.StartAsync();
        var first = app.GetProcessIds("shell");
        await app.StopAsync();
        await app.StartAsync();
        Assert.NotEqual(first, app.GetProcessIds("shell"));
    }

    private DistributedApplication Shell(string script, TimeSpan stopTimeout)
    {
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { Home = home.Path, Output = home.Output, StopTimeout = stopTimeout });
        builder.AddExecutable("shell", "/bin/sh", "/", "-c", script).WithEnvironment("HOME_OF", home.Path);
        return builder.Build();
    }
}
