using System.CommandLine;
using System.Text.Json;
using AgentOps.Contracts;

namespace AgentOps.Cli.Commands;

/// <summary><c>agentops models promote|approve|reject|policy|alias</c>: where an alias points, and what it takes to move it.</summary>
public static class AliasCommands
{
    private static readonly Argument<string> Version = new("version") { Description = "household-agent:3." };
    private static readonly Argument<string> Alias = new("alias") { Description = "production." };
    private static readonly Argument<string> Subject = new("subject") { Description = "household-agent@production." };
    private static readonly Option<string?> Reason = new("--reason") { Description = "Why, on one line: it stands in the ledger." };
    private static readonly Option<DateTimeOffset?> At = new("--at") { Description = "As it stood at this time, such as 2026-11-25T10:00:00Z." };
    private static readonly Option<string[]> Movers = new("--mover") { Description = "The name of a key that may ask for a move, or gate; may be given again. Without it whoever may move aliases.", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<bool> PassedGate = new("--passed-gate") { Description = "Only versions that a gate let pass." };
    private static readonly Option<string?> Gate = new("--gate") { Description = "With --passed-gate: conditions that the gate must have asked, such as \"final.success > longer.success\"; more with 'and' between them. Without it whatever the run's file said." };
    private static readonly Option<string?> GateTest = new("--gate-test") { Description = "With --gate: paired, where its conditions must have been tested." };
    private static readonly Option<double?> GateAlpha = new("--gate-alpha") { Description = "With --gate-test paired: the level at most, such as 0.05." };
    private static readonly Option<int> Approvals = new("--approvals") { Description = "How many besides the one who asked must approve." };

    public static IEnumerable<Command> Create()
    {
        yield return new Command("promote", "Point an alias at a version, or ask for it where others must approve.") { Version, Alias, Reason }.Doing((parsed, gateway, ct) => PromoteAsync(parsed, gateway, ct));
        yield return Answering("approve", "Approve the move that is proposed.", "approvals");
        yield return Answering("reject", "Reject the move that is proposed.", "rejections");
        yield return new Command("policy", "Say what it takes to move an alias.") { Subject, Movers, PassedGate, Gate, GateTest, GateAlpha, Approvals }.Doing(async (parsed, gateway, ct) =>
        {
            string[]? movers = parsed.GetValue(Movers) is { Length: > 0 } named ? named : null;
            var policy = new { movers, passedGate = parsed.GetValue(PassedGate), approvals = parsed.GetValue(Approvals), gate = GateOf(parsed) };
            return Output.Print(parsed, await gateway.PutAsync($"{PathOf(parsed.GetValue(Subject)!)}/policy", policy, null, ct), Show);
        });
        yield return new Command("alias", "Where an alias points, who moved it there, and what it takes to move it.") { Subject, At }.Doing(async (parsed, gateway, ct) =>
            Output.Print(parsed, await gateway.GetAsync(PathOf(parsed.GetValue(Subject)!) + (parsed.GetValue(At) is { } at ? $"?at={Uri.EscapeDataString(at.ToString("O"))}" : ""), ct), Show));
    }

    private static GateTerms? GateOf(ParseResult parsed)
    {
        var (when, test, alpha) = (parsed.GetValue(Gate), parsed.GetValue(GateTest), parsed.GetValue(GateAlpha));
        if (when is null && (test is not null || alpha is not null))
            throw new CommandFailedException("--gate-test and --gate-alpha say how the conditions of --gate are tested: give these too.", ExitCode.Usage);
        return when is null ? null : new(when.Split(" and ", StringSplitOptions.TrimEntries), test ?? GateTerms.NoTest, alpha);
    }

    private static async Task<int> PromoteAsync(ParseResult parsed, Gateway gateway, CancellationToken ct)
    {
        var (name, version) = Parts(parsed.GetValue(Version)!);
        var alias = parsed.GetValue(Alias)!;
        var model = await gateway.GetAsync($"/api/v1/models/{Uri.EscapeDataString(name)}", ct);
        // From where it points now: who moves it meanwhile is not overruled.
        var from = model.GetProperty("aliases").Text(alias) is { Length: > 0 } now ? now : "0";
        return Output.Print(parsed, await gateway.PutAsync(PathOf($"{name}@{alias}"), new { version, reason = parsed.GetValue(Reason) }, $"\"{from}\"", ct), Show);
    }

    private static Command Answering(string name, string description, string answers) => new Command(name, description) { Version, Alias, Reason }.Doing(async (parsed, gateway, ct) =>
    {
        var (model, version) = Parts(parsed.GetValue(Version)!);
        return Output.Print(parsed, await gateway.PostAsync($"{PathOf($"{model}@{parsed.GetValue(Alias)}")}/{answers}", new { version, reason = parsed.GetValue(Reason) }, ct), Show);
    });

    private static void Show(JsonElement alias)
    {
        var name = Output.Printable($"{alias.Text("model")}@{alias.Text("alias")}");
        Console.WriteLine(alias.Text("version").Length == 0 ? $"{name} points at nothing." : $"{name} points at version {alias.Text("version")}, {alias.Text("digest")}");
        if (alias.Text("movedBy").Length > 0)
            Console.WriteLine($"  moved by {Output.Printable(alias.Text("movedBy"))} at {alias.Text("movedAt")}{Names(alias, "approvedBy", ", approved by ")}, event {alias.Text("position")}{Why(alias)}");
        if (alias.TryGetProperty("policy", out var policy))
            Console.WriteLine($"  to move it: {(policy.TryGetProperty("movers", out _) ? Names(policy, "movers", "") : "any operator")}{(policy.GetProperty("passedGate").GetBoolean() ? $", to versions that passed a gate{Asked(policy)}" : "")}, {policy.Text("approvals")} approvals");
        if (alias.TryGetProperty("proposal", out var proposal))
            Console.WriteLine($"  proposed by {Output.Printable(proposal.Text("proposedBy"))}: version {proposal.Text("version")}{Names(proposal, "approvedBy", ", approved by ")}{Why(proposal)}");
    }

    private static string Asked(JsonElement policy) => policy.TryGetProperty("gate", out var gate) && gate.ValueKind == JsonValueKind.Object
        ? Output.Printable($" which asked {gate.Deserialize<GateTerms>(JsonSerializerOptions.Web)}")
        : "";

    private static string Why(JsonElement element) => element.Text("reason") is { Length: > 0 } reason ? $": {Output.Printable(reason)}" : "";

    private static string Names(JsonElement element, string member, string before) =>
        element.TryGetProperty(member, out var names) && names.GetArrayLength() > 0 ? before + Output.Printable(string.Join(", ", names.EnumerateArray().Select(name => name.GetString()))) : "";

    private static (string Name, int Version) Parts(string subject) => subject.Split(':') is [{ Length: > 0 } name, var number] && int.TryParse(number, out var version)
        ? (name, version)
        : throw new CommandFailedException($"'{subject}' names no version: expected name:version, such as household-agent:3.", ExitCode.Usage);

    private static string PathOf(string subject) => subject.Split('@') is [{ Length: > 0 } name, { Length: > 0 } alias]
        ? $"/api/v1/models/{Uri.EscapeDataString(name)}/aliases/{Uri.EscapeDataString(alias)}"
        : throw new CommandFailedException($"'{subject}' names no alias: expected name@alias, such as household-agent@production.", ExitCode.Usage);
}
