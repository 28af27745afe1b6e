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
        var parts = subject.Split('@', ':');
        var name = Uri.EscapeDataString(parts[0]);
        var version = subject.Contains(':', StringComparison.Ordinal) ? parts[1] : await VersionAsync(gateway, name, parts is [_, var alias] ? alias : null, ct);
        return await gateway.GetAsync($"/api/v1/models/{name}/versions/{Uri.EscapeDataString(version)}/lineage", ct);
    }

    public static void Show(JsonElement node)
    {
        var tree = new Tree(Label(node));
        Grow(tree, node);
        AnsiConsole.Write(tree);
    }

    private static async Task<string> VersionAsync(Gateway gateway, string name, string? alias, CancellationToken ct)
    {
        var model = await gateway.GetAsync($"/api/v1/models/{name}", ct);
        if (alias is null)
            return model.Text("latestVersion");
        return model.GetProperty("aliases").Text(alias) is { Length: > 0 } version
            ? version
            : throw new CommandFailedException($"{name} has no alias '{alias}'.", ExitCode.Refused);
    }

    /// <summary>What stands above already and has no branches of its own is not repeated, unless it is a model or a data set.</summary>
    private static void Grow(IHasTreeNodes at, JsonElement node)
    {
        foreach (var input in Inputs(node).Where(input => input.Text("shown") != "True" || Kind(input) is "model" or "dataset"))
            Grow(at.AddNode(Label(input)), input);
        if (node.TryGetProperty("counted", out var counted) && counted.ValueKind == JsonValueKind.Object)
            foreach (var more in counted.EnumerateObject())
                at.AddNode($"[grey]and {more.Value} more of kind {Output.Plain(more.Name)}[/]");
    }

    private static string Kind(JsonElement node) => node.GetProperty("reference").Text("kind");

    private static IEnumerable<JsonElement> Inputs(JsonElement node) =>
        node.TryGetProperty("inputs", out var inputs) && inputs.ValueKind == JsonValueKind.Array ? inputs.EnumerateArray() : [];

    private static string Label(JsonElement node)
    {
        var reference = node.GetProperty("reference");
        var events = node.TryGetProperty("events", out var made) && made.ValueKind == JsonValueKind.Array ? made.EnumerateArray().ToList() : [];
        var by = events.Count > 0 ? $" [grey]{Output.Plain(events[^1].Text("type"))} at {Output.Plain(events[^1].Text("position"))}[/]" : "";
        var again = node.Text("shown") == "True" ? " [grey](above)[/]" : "";
        return $"[bold]{Output.Plain(reference.Text("kind"))}[/] {Output.Plain(Shortened(reference.Text("id")))}{by}{again}";
    }

    /// <summary>Digests by their first twelve digits; <c>--json</c> has them whole.</summary>
    private static string Shortened(string id)
    {
        var at = id.IndexOf("sha256:", StringComparison.Ordinal);
        return at >= 0 && id.Length > at + 19 ? id[..(at + 19)] + "…" : id;
    }
}
