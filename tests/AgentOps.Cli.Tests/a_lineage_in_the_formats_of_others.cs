namespace AgentOps.Cli.Tests;

public sealed class a_lineage_in_the_formats_of_others : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("agentops-lineage-").FullName;

    private string File => Path.Combine(_folder, "lineage.ndjson");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_document_of_several_lines_is_printed_or_written_as_it_is()
    {
        const string lines = "{\"eventType\":\"START\"}\n{\"eventType\":\"COMPLETE\"}\n";
        await using var gateway = new ScriptedServer((200, lines), (200, lines));

        Assert.Equal(ExitCode.Success, await Run(gateway, "agent:1", "--format", "openlineage"));
        Assert.Equal(ExitCode.Success, await Run(gateway, "agent:1", "--format", "openlineage", "--out", File));

        Assert.Equal(lines, await System.IO.File.ReadAllTextAsync(File));
    }

    [Fact]
    public async Task A_format_that_the_gateway_does_not_know_is_refused_and_writes_nothing()
    {
        await using var gateway = new ScriptedServer((400, """{"detail":"'spdx' is not a format of lineage."}"""), (400, "{}"));

        Assert.Equal(ExitCode.Refused, await Run(gateway, "agent:1", "--format", "spdx"));
        Assert.Equal(ExitCode.Refused, await Run(gateway, "agent:1", "--format", "spdx", "--out", File));
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task A_document_is_of_a_model_version_and_not_of_any_artifact()
    {
        await using var gateway = new ScriptedServer();
        Assert.Equal(ExitCode.Usage, await Run(gateway, "sha256:00", "--format", "prov"));
    }

    private static Task<int> Run(ScriptedServer gateway, params string[] arguments) => Root.RunAsync(["lineage", .. arguments, "--url", gateway.Address, "--key", "k"]);
}
