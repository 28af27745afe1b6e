namespace AgentOps.Cli.Tests;

public sealed class what_a_lineage_is_asked_of
{
    private const string Lineage = """{"root":{"kind":"model-version","id":"agent:3"},"complete":true,"nodes":[]}""";

    [Theory]
    [InlineData("agent:3", null, "/api/v1/models/agent/versions/3/lineage")]
    [InlineData("agent@production", null, "/api/v1/models/agent/aliases/production/lineage")]
    [InlineData("agent@production", "2026-11-25T10:00:00Z", "/api/v1/models/agent/aliases/production/lineage?at=2026-11-25T10%3A00%3A00.0000000%2B00%3A00")]
    [InlineData("deployment/talk", null, "/api/v1/deployments/talk/lineage")]
    [InlineData("sha256:00", null, "/api/v1/lineage/sha256:00")]
    public async Task A_version_an_alias_a_deployment_or_an_artifact_each_has_its_own(string subject, string? at, string path)
    {
        await using var gateway = new ScriptedServer((200, Lineage));

        Assert.Equal(ExitCode.Success, await RunAsync(gateway, ["lineage", subject, .. at is null ? [] : new[] { "--at", at }]));

        Assert.Equal($"GET {path}", gateway.Requests[0]);
    }

    [Fact]
    public async Task The_evidence_and_a_document_of_an_alias_are_its_own_and_not_those_of_its_version()
    {
        var folder = Directory.CreateTempSubdirectory("agentops-roots-");
        await using var gateway = new ScriptedServer((200, "zip"), (200, "{}"));

        Assert.Equal(ExitCode.Success, await RunAsync(gateway, ["audit", "export", "agent@production", "--datasets", "--out", Path.Combine(folder.FullName, "evidence.zip")]));
        Assert.Equal(ExitCode.Success, await RunAsync(gateway, ["lineage", "deployment/talk", "--format", "prov"]));

        Assert.Equal(["GET /api/v1/models/agent/aliases/production/evidence?datasets=true", "GET /api/v1/deployments/talk/lineage?format=prov"], gateway.Requests);
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_version_is_of_no_point_in_time()
    {
        await using var gateway = new ScriptedServer();

        Assert.Equal(ExitCode.Usage, await RunAsync(gateway, ["lineage", "agent:3", "--at", "2026-11-25T10:00:00Z"]));
    }

    [Theory]
    [InlineData("approve", "/approvals")]
    [InlineData("reject", "/rejections")]
    public async Task Why_somebody_decides_goes_with_the_decision(string answer, string path)
    {
        await using var gateway = new ScriptedServer((200, """{"model":"agent","alias":"production","version":3}"""), (200, """{"name":"talk"}"""), (200, """{"aliases":{"production":2}}"""), (200, """{"model":"agent","alias":"production","version":3}"""));

        Assert.Equal(ExitCode.Success, await RunAsync(gateway, ["models", answer, "agent:3", "production", "--reason", "it holds"]));
        Assert.Equal(ExitCode.Success, await RunAsync(gateway, ["deploy", "agent@production", "--reason", "for the shop"]));
        Assert.Equal(ExitCode.Success, await RunAsync(gateway, ["models", "promote", "agent:3", "production", "--reason", "the release"]));

        Assert.Equal($$"""POST /api/v1/models/agent/aliases/production{{path}} {"version":3,"reason":"it holds"}""", gateway.Requests[0]);
        Assert.EndsWith("\"reason\":\"for the shop\"}", gateway.Requests[1], StringComparison.Ordinal);
        Assert.Equal("""PUT /api/v1/models/agent/aliases/production {"version":3,"reason":"the release"}""", gateway.Requests[3]);
    }

    private static Task<int> RunAsync(ScriptedServer gateway, string[] arguments) => Root.RunAsync([.. arguments, "--url", gateway.Address, "--key", "k"]);
}
