using System.CommandLine;
using System.Text.Json;
using Spectre.Console;

namespace AgentOps.Cli.Commands;

/// <summary><c>agentops withdrawals make|list|show</c>: taking back what models may have learned from.</summary>
public static class WithdrawalCommands
{
    private static readonly Argument<string> Kind = new("kind") { Description = "trajectory, generation, run, environment, subject, or person: what somebody decided as a reviewer." };
    private static readonly Argument<string> Subject = new("id") { Description = "Its id, as a lineage shows it." };
    private static readonly Argument<string> Id = new("withdrawal") { Description = "The withdrawal's id." };
    private static readonly Option<bool> Erase = new("--erase") { Description = "Of a subject: remove its key as well, so that nobody can read its data any more." };
    private static readonly Option<string> Reason = new("--reason") { Description = "Why, on one line.", Required = true };

    public static Command Create()
    {
        Command withdrawals = new("withdrawals", "Take back what models may have learned from.");
        withdrawals.Subcommands.Add(new Command("make", "Withdraw something, and see which models learned from it.") { Kind, Subject, Reason, Erase }.Doing(async (parsed, gateway, ct) =>
            Output.Print(parsed, await gateway.PostAsync("/api/v1/withdrawals", new { kind = parsed.GetValue(Kind), id = parsed.GetValue(Subject), reason = parsed.GetValue(Reason), erase = parsed.GetValue(Erase) }, ct), Show)));
        withdrawals.Subcommands.Add(new Command("list", "All withdrawals.").Doing(async (parsed, gateway, ct) => Output.Print(parsed, await gateway.GetAllAsync("/api/v1/withdrawals", ct), ShowList)));
        withdrawals.Subcommands.Add(new Command("show", "One withdrawal, what learned from its subject until now, and what was decided by it.") { Id }.Doing(async (parsed, gateway, ct) =>
            Output.Print(parsed, await gateway.GetAsync($"/api/v1/withdrawals/{Uri.EscapeDataString(parsed.GetValue(Id)!)}", ct), Show)));
        return withdrawals;
    }

    private static void Show(JsonElement withdrawal)
    {
        AnsiConsole.MarkupLine($"{Output.Plain(withdrawal.Text("id"))} took back {Trees.Name(withdrawal.GetProperty("subject"))}");
        foreach (var line in Lines(withdrawal))
            Console.WriteLine($"  {line}");
    }

    /// <summary>What a withdrawal came to, below what it took back.</summary>
    public static IEnumerable<string> Lines(JsonElement withdrawal)
    {
        yield return $"by {Output.Printable(withdrawal.Text("withdrawnBy"))} at {withdrawal.Text("withdrawnAt")}: {Output.Printable(withdrawal.Text("reason"))}";
        if (withdrawal.TryGetProperty("erasure", out var erasure) && erasure.ValueKind == JsonValueKind.Object)
            yield return erasure.TryGetProperty("completedAt", out var completed) && completed.ValueKind == JsonValueKind.String
                ? $"its key is gone since {completed.GetString()}: its data can be read by nobody"
                : $"its key is to go since {erasure.Text("requestedAt")}, and is still there: ask again in a moment";
        if (!withdrawal.TryGetProperty("now", out var now) || now.ValueKind != JsonValueKind.Object)
        {
            yield return Output.Printable(withdrawal.Text("untold"));
            yield break;
        }
        yield return $"versions that learned from it: {Names(now.GetProperty("versions"))}";
        yield return $"deployments that answer with one of them: {Names(now.GetProperty("deployments"))}";
        if (now.TryGetProperty("decided", out var decided) && decided.ValueKind == JsonValueKind.Object)
        {
            yield return $"versions that did not learn from it and were promoted by an evaluation with episodes of it: {Names(decided.GetProperty("versions"))}";
            yield return $"deployments that answer with one of those: {Names(decided.GetProperty("deployments"))}";
        }
        foreach (var run in withdrawal.GetProperty("retrain").EnumerateArray())
            yield return $"to train without it: agentops run file {run.Text("run")} --without {withdrawal.Text("id")} > without.json && agentops run submit without.json --retry-of {run.Text("run")}";
    }

    private static void ShowList(JsonElement page)
    {
        var table = Output.Table("withdrawal", "what", "why", "by", "at");
        foreach (var withdrawal in page.GetProperty("items").EnumerateArray())
            table.AddRow(Output.Plain(withdrawal.Text("id")), Trees.Name(withdrawal.GetProperty("subject")), Output.Plain(withdrawal.Text("reason")), Output.Plain(withdrawal.Text("withdrawnBy")), Output.Plain(withdrawal.Text("withdrawnAt")));
        AnsiConsole.Write(table);
    }

    private static string Names(JsonElement names) => names.GetArrayLength() == 0 ? "none" : string.Join(", ", names.EnumerateArray().Select(name => Output.Printable(name.GetString()!)));
}
