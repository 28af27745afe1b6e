using System.CommandLine;
using System.Text.Json;
using AgentOps.Contracts;
using AgentOps.Proofs;

namespace AgentOps.Cli.Commands;

/// <summary><c>agentops lineage MODEL[@alias|:version] | deployment/NAME [--at …] [--format …] [--out FILE] | sha256:…</c>: what it is made of, and who moved it where it is.</summary>
public static class LineageCommand
{
    private static readonly Argument<string> Subject = new("subject") { Description = $"{LineageSubject.Written}; or the SHA-256 of any artifact, also of a single file of a model as sha256sum prints it." };

    private static readonly Option<string?> Format = new("--format") { Description = "In a format of others: openlineage, prov, slsa, oms or cyclonedx; json is our own." };
    private static readonly Option<DateTimeOffset?> At = new("--at") { Description = "As the alias or the deployment was then, such as 2026-11-25T10:00:00Z." };
    private static readonly Option<FileInfo?> Out = new("--out") { Description = "Write the document into this file instead of printing it." };

    public static Command Create() => new Command("lineage", "What a model, or any artifact, is made of.") { Subject, At, Format, Out }.Doing(async (parsed, gateway, ct) =>
        parsed.GetValue(Format) is null && parsed.GetValue(Out) is null
            ? Output.Print(parsed, await ReadAsync(gateway, parsed.GetValue(Subject)!, ct, parsed.GetValue(At)), Show)
            : await ExportAsync(parsed, gateway, ct));

    public static async Task<JsonElement> ReadAsync(Gateway gateway, string subject, CancellationToken ct, DateTimeOffset? at = null)
    {
        if (DigestIn(subject) is { } digest)
            return await gateway.GetAsync($"/api/v1/lineage/{digest}", ct);
        return await gateway.GetAsync(await LineageSubject.PathAsync(gateway, subject, "lineage", at, null, ct), ct);
    }

    private static async Task<int> ExportAsync(ParseResult parsed, Gateway gateway, CancellationToken ct)
    {
        var subject = parsed.GetValue(Subject)!;
        if (DigestIn(subject) is not null)
            throw new CommandFailedException($"Documents are written of a version, an alias or a deployment: name it as {LineageSubject.Written}.", ExitCode.Usage);
        var path = await LineageSubject.PathAsync(gateway, subject, "lineage", parsed.GetValue(At), parsed.GetValue(Format) ?? "json", ct);
        if (parsed.GetValue(Out)?.FullName is { } file)
        {
            await gateway.DownloadAsync(path, file, ct);
            return Output.Print(parsed, JsonSerializer.SerializeToElement(new { document = file }), _ => Console.WriteLine(file));
        }
        Console.WriteLine((await gateway.GetTextAsync(path, ct)).TrimEnd('\n'));
        return ExitCode.Success;
    }

    /// <summary>The name and the version that <c>name</c>, <c>name@alias</c> or <c>name:version</c> mean, escaped for a path.</summary>
    public static async Task<(string Name, string Version)> VersionAsync(Gateway gateway, string subject, CancellationToken ct)
    {
        var parts = subject.Split('@', ':');
        var name = Uri.EscapeDataString(parts[0]);
        var version = subject.Contains(':', StringComparison.Ordinal) ? parts[1] : await VersionAsync(gateway, name, parts is [_, var alias] ? alias : null, ct);
        return (name, Uri.EscapeDataString(version));
    }

    /// <summary>A digest, also one without <c>sha256:</c> before it; null for everything else.</summary>
    private static string? DigestIn(string subject) =>
        subject.StartsWith("sha256:", StringComparison.Ordinal) ? subject : Digest.TryParse($"sha256:{subject}", out var bare) ? bare.ToString() : null;

    public static void Show(JsonElement lineage) => Trees.Show(TreeOf(lineage));

    public static TextTree TreeOf(JsonElement lineage) => LineageTree.Of(lineage.Deserialize<ShownLineage>(JsonSerializerOptions.Web)!);

    private static async Task<string> VersionAsync(Gateway gateway, string name, string? alias, CancellationToken ct)
    {
        var model = await gateway.GetAsync($"/api/v1/models/{name}", ct);
        if (alias is null)
            return model.Text("latestVersion");
        return model.GetProperty("aliases").Text(alias) is { Length: > 0 } version
            ? version
            : throw new CommandFailedException($"{name} has no alias '{alias}'.", ExitCode.Refused);
    }
}
