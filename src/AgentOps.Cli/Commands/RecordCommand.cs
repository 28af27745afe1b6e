using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace AgentOps.Cli.Commands;

/// <summary>
/// <c>agentops audit record</c>: who did what, when and why, as the EU's AI Act asks it to be kept for at least six months (articles 12, 19 and 26(6)): what people did, every decision about models,
/// deployments and keys, every reading of the audit and every refused call, each with its position, under which it can be proved.
/// </summary>
public static class RecordCommand
{
    private static readonly Option<DateTimeOffset?> From = new("--from") { Description = "Only what happened at or after this time." };
    private static readonly Option<DateTimeOffset?> To = new("--to") { Description = "Only what happened before this time." };
    private static readonly Option<string?> Actor = new("--actor") { Description = "Only what this person did." };

    public static Command Create() => new Command("record", "Who did what, when and why; --json has every event whole.") { From, To, Actor }.Doing(async (parsed, gateway, ct) =>
    {
        var all = await gateway.GetAllAsync("/api/v1/audit/record", ct, ("from", Time(parsed.GetValue(From))), ("to", Time(parsed.GetValue(To))), ("actor", parsed.GetValue(Actor)));
        List<JsonElement> entries = [.. all.GetProperty("items").EnumerateArray()];
        return Output.Print(parsed, JsonSerializer.SerializeToElement(new { from = parsed.GetValue(From), to = parsed.GetValue(To), actor = parsed.GetValue(Actor), entries }), _ => Show(parsed, entries));
    });

    private static void Show(ParseResult parsed, List<JsonElement> entries)
    {
        var table = Output.Table("position", "when", "who", "what", "on", "why");
        foreach (var entry in entries)
            table.AddRow([.. Row(entry).Select(Output.Plain)]);
        AnsiConsole.Write(table);
        var who = entries.CountBy(entry => entry.Text("actor")).OrderByDescending(actor => actor.Value).Select(actor => $"{Output.Printable(actor.Key)} {actor.Value}");
        Console.WriteLine($"{entries.Count} entries from {Time(parsed.GetValue(From)) ?? "the ledger's first event"} to {Time(parsed.GetValue(To)) ?? "now"}, times in UTC: {string.Join(", ", who)}");
        Console.WriteLine("The ledger keeps them for ever; `agentops ledger verify` shows that none was changed or left out.");
    }

    /// <summary>An entry's position, when it was, who did what, on what, and why.</summary>
    public static string[] Row(JsonElement entry) =>
    [
        entry.Text("position"), entry.GetProperty("at").GetDateTimeOffset().ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
        entry.Text("actor"), entry.Text("type"), entry.Text("stream"), Why(entry.GetProperty("data")),
    ];

    /// <summary>What the event itself gives as its reason, or what was decided.</summary>
    private static string Why(JsonElement data) => data.Text("reason") is { Length: > 0 } reason ? reason
        : data.TryGetProperty("candidates", out var candidates) && candidates.ValueKind == JsonValueKind.Array ? Decided(candidates)
        : data.Text("retryOf") is { Length: > 0 } retried ? $"again after {retried}"
        : "";

    /// <summary>Of those that passed the last finding, which says what kept the alias where it is if something did; where none passed, the first one's first.</summary>
    private static string Decided(JsonElement candidates) =>
        candidates.EnumerateArray().Where(candidate => candidate.TryGetProperty("passed", out var passed) && passed.ValueKind == JsonValueKind.True).SelectMany(candidate => Findings(candidate).TakeLast(1)).ToList() is { Count: > 0 } passes
            ? string.Join(' ', passes)
            : string.Join(' ', candidates.EnumerateArray().SelectMany(Findings).Take(1));

    private static IEnumerable<string> Findings(JsonElement candidate) =>
        candidate.TryGetProperty("findings", out var findings) ? findings.EnumerateArray().Select(finding => finding.ToString()) : [];

    private static string? Time(DateTimeOffset? time) => time?.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
