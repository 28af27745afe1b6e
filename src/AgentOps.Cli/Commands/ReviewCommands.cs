using System.CommandLine;
using System.Text.Json;
using Spectre.Console;

namespace AgentOps.Cli.Commands;

/// <summary><c>agentops reviews list|show|answer|start</c>: what people are asked about trajectories.</summary>
public static class ReviewCommands
{
    private static readonly Argument<string> Id = new("review") { Description = "The review's id." };
    private static readonly Option<string?> Run = new("--run") { Description = "Only this run's." };
    private static readonly Option<bool> Answered = new("--answered") { Description = "Those that you have answered, instead of those that are open for you." };
    private static readonly Option<string?> Cursor = new("--cursor") { Description = "Where the last page ended (its 'next')." };
    private static readonly Option<string?> Verdict = new("--verdict") { Description = "Of one trajectory: accepted, rejected or unusable." };
    private static readonly Option<string?> Prefer = new("--prefer") { Description = "Of two: first, second or neither." };
    private static readonly Option<string?> Reason = new("--reason") { Description = "Why." };

    public static Command Create()
    {
        Command reviews = new("reviews", "Judge what agents did, where a run asks people.");
        reviews.Subcommands.Add(new Command("list", "What is open for you, the oldest first.") { Run, Answered, Cursor }.Doing(async (parsed, gateway, ct) =>
            Output.Print(parsed, await ListAsync(gateway, parsed.GetValue(Run), parsed.GetValue(Answered), parsed.GetValue(Cursor), ct), ShowList)));
        reviews.Subcommands.Add(new Command("show", "One trajectory, or the two that are compared.") { Id }.Doing(async (parsed, gateway, ct) =>
            Output.Print(parsed, await gateway.GetAsync(PathOf(parsed.GetValue(Id)!), ct), ReviewPage.Show)));
        reviews.Subcommands.Add(new Command("answer", "Say your verdict, or which of two you prefer.") { Id, Verdict, Prefer, Reason }.Doing(async (parsed, gateway, ct) =>
            Output.Print(parsed, await AnswerAsync(gateway, parsed.GetValue(Id)!, parsed.GetValue(Verdict), parsed.GetValue(Prefer), parsed.GetValue(Reason), ct), _ => Console.WriteLine("Recorded."))));
        reviews.Subcommands.Add(new Command("start", "Answer one after the other.") { Run }.Doing((parsed, gateway, ct) => ReviewSession.GoAsync(gateway, parsed.GetValue(Run), ct)));
        return reviews;
    }

    public static Task<JsonElement> ListAsync(Gateway gateway, string? run, bool answered, string? cursor, CancellationToken ct) =>
        gateway.GetAsync(Gateway.PathOf("/api/v1/reviews", ("run", run), ("state", answered ? "answered" : null), ("cursor", cursor)), ct);

    public static Task<JsonElement> AnswerAsync(Gateway gateway, string id, string? verdict, string? preferred, string? reason, CancellationToken ct) =>
        gateway.PostAsync(PathOf(id), new { verdict, preferred, reason }, ct);

    public static string PathOf(string id) => $"/api/v1/reviews/{Uri.EscapeDataString(id)}";

    private static void ShowList(JsonElement page)
    {
        var table = Output.Table("review", "asked for", "task", "answers");
        foreach (var review in page.GetProperty("items").EnumerateArray())
            table.AddRow(Output.Plain(review.Text("id")), Output.Plain(review.Text("kind")), Output.Plain(review.Text("task")), $"{review.Text("answers")} of {review.Text("wanted")}");
        AnsiConsole.Write(table);
        if (page.Text("next") is { Length: > 0 } next)
            Console.WriteLine($"more: --cursor {next}");
    }
}
