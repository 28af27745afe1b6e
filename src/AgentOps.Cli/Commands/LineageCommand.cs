using System.CommandLine;
using System.Text.Json;
using Spectre.Console;

namespace AgentOps.Cli.Commands;

/// <summary><c>agentops lineage MODEL[@alias|:version] | sha256:…</c>: what it is made of.</summary>
public static class LineageCommand
{
    private static readonly Argument<string> Subject = new("subject") { Description = "household-agent@production, household-agent:3, or sha256:… of any artifact." };

    public static Command Create() => new Command("lineage", "What a model, or any artifact, is made of.") { Subject }.Doing(async (parsed, gateway, ct) =>
        Output.Print(parsed, await ReadAsync(gateway, parsed.GetValue(Subject)!, ct), Show));

    public static async Task<JsonElement> ReadAsync(Gateway gateway, string subject, CancellationToken ct)
    {
        if (subject.StartsWith("sha256:", StringComparison.Ordinal))
            return await gateway.GetAsync($"/api/v1/lineage/{subject}", ct);
        var (name, version) = await VersionAsync(gateway, subject, ct);
        return await gateway.GetAsync($"/api/v1/models/{name}/versions/{version}/lineage", ct);
    }

    /// <summary>The name and the version that <c>name</c>, <c>name@alias</c> or <c>name:version</c> mean, escaped for a path.</summary>
    public static async Task<(string Name, string Version)> VersionAsync(Gateway gateway, string subject, CancellationToken ct)
    {
        var parts = subject.Split('@', ':');
        var name = Uri.EscapeDataString(parts[0]);
        var version = subject.Contains(':', StringComparison.Ordinal) ? parts[1] : await VersionAsync(gateway, name, parts is [_, var alias] ? alias : null, ct);
        return (name, Uri.EscapeDataString(version));
    }

    public static void Show(JsonElement lineage) => AnsiConsole.Write(LineageTree.Of(lineage));

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
