using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace AgentOps.AppModel.Tests;

/// <summary>What a model refuses before anything is started.</summary>
public sealed class The_model : IDisposable
{
    private readonly Home home = new();

    public void Dispose() => home.Dispose();

    [Theory]
    [InlineData("Upper")]
    [InlineData("1st")]
    [InlineData("a--b")]
    [InlineData("a-")]
    [InlineData("a_b")]
    [InlineData("")]
    public void Refuses_a_name_that_could_not_stand_in_a_variable(string name) =>
        Assert.Throws<ArgumentException>(() => home.CreateBuilder().AddPostgres(name));

    [Fact]
    public void Refuses_a_second_resource_of_the_same_name()
    {
        var builder = home.CreateBuilder();
        builder.AddExecutable("sample", "/bin/true", "/");
        var refused = Assert.Throws<DistributedApplicationException>(() => builder.AddExecutable("sample", "/bin/true", "/"));
        Assert.Equal("There are two resources called 'sample': give one of them another name.", refused.Message);
    }

    [Fact]
    public void Refuses_a_project_that_is_not_there()
    {
        var builder = home.CreateBuilder();
        var refused = Assert.Throws<DistributedApplicationException>(() => builder.AddProject("ghost", "services/Ghost"));
        Assert.Contains("services/Ghost holds 0 project files and must hold one", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_a_circle_of_waits()
    {
        var builder = home.CreateBuilder();
        var a = builder.AddExecutable("a", "/bin/true", "/");
        var b = builder.AddExecutable("b", "/bin/true", "/").WaitFor(a);
        a.WaitForCompletion(b);
        var refused = Assert.Throws<DistributedApplicationException>(builder.Build);
        Assert.Equal("These resources wait for each other and none could start: a -> b -> a.", refused.Message);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("65536")]
    [InlineData("http")]
    public void Refuses_a_port_variable_that_holds_no_port(string text)
    {
        var variable = "AGENTOPS_TEST_PORT_" + text;
        Environment.SetEnvironmentVariable(variable, text);
        var refused = Assert.Throws<DistributedApplicationException>(() =>
            home.CreateBuilder().AddExecutable("sample", "/bin/true", "/").WithHttpEndpoint(8080, portVariable: variable));
        Assert.Equal($"{variable} is '{text}', which is no port: set it to a number from 1 to 65535.", refused.Message);
    }

    [Fact]
    public void Starts_crashed_processes_again_after_pauses_that_double_until_half_a_minute()
    {
        var clock = new Running.BackOff(TimeProvider.System, new DistributedApplicationOptions().LongestRestartPause);
        clock.Started();
        double[] pauses = [.. Enumerable.Range(0, 9).Select(_ => clock.Died().TotalSeconds)];
        Assert.Equal([0.5, 1, 2, 4, 8, 16, 30, 30, 30], pauses);
    }
}
