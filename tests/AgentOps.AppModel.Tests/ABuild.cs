using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace AgentOps.AppModel.Tests;

public sealed class A_build : IDisposable
{
    private readonly Home home = new();
    private readonly Home sources = new();

    public A_build()
    {
        File.WriteAllText(Path.Combine(sources.Path, "Little.csproj"),
            """<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net10.0</TargetFramework><OutputType>Exe</OutputType></PropertyGroup></Project>""");
    }

    public void Dispose()
    {
        home.Dispose();
        sources.Dispose();
    }

    [Fact]
    public async Task Happens_again_only_when_a_source_has_changed()
    {
        Write("""System.Console.WriteLine("the first text");""");
        Assert.Contains("1 projects (Release)", await RunAsync(), StringComparison.Ordinal);
        var again = await RunAsync();
        Assert.Contains("nothing has changed", again, StringComparison.Ordinal);
        Assert.DoesNotContain("1 projects", again, StringComparison.Ordinal);

        Write("""System.Console.WriteLine("another text");""");
        Assert.Contains("1 projects (Release)", await RunAsync(), StringComparison.Ordinal);
        Assert.Equal(["the first text", "the first text", "another text"], File.ReadAllLines(Path.Combine(home.Path, "logs", "little.log")));
    }

    [Fact]
    public async Task That_fails_shows_the_compilers_errors()
    {
        Write("this is no program;");
        var failed = await Assert.ThrowsAsync<DistributedApplicationException>(RunAsync);
        Assert.StartsWith("The build failed with ", failed.Message, StringComparison.Ordinal);
        Assert.Contains("Program.cs(1,", home.Output.ToString(), StringComparison.Ordinal);
    }

    private void Write(string program) => File.WriteAllText(Path.Combine(sources.Path, "Program.cs"), program);

    private async Task<string> RunAsync()
    {
        home.Output.GetStringBuilder().Clear();
        var builder = home.CreateBuilder();
        var little = builder.AddProject("little", sources.Path);
        builder.AddExecutable("after", "/bin/sleep", "/", "1000").WaitForCompletion(little);
        await using var app = builder.Build();
        await app.StartAsync();
        return home.Output.ToString();
    }
}
