using System.CommandLine;
using System.Text.Json;
using System.Text.RegularExpressions;
using Spectre.Console;

namespace AgentOps.Cli.Commands;

/// <summary><c>agentops trajectories list|show</c>.</summary>
public static partial class TrajectoryCommands
{
    private static readonly Argument<string> Id = new("id") { Description = "The trajectory's id." };
    private static readonly Option<string?> Run = new("--run") { Description = "Only this run's." };
    private static readonly Option<string?> Verdict = new("--verdict") { Description = "Only those that were accepted, rejected or unusable." };
    private static readonly Option<string?> Cursor = new("--cursor") { Description = "Where the last page ended (its 'next')." };

    public static Command Create()
    {
        Command trajectories = new("trajectories", "Look at what agents did.");
        trajectories.Subcommands.Add(new Command("list", "Trajectories, the newest first.") { Run, Verdict, Cursor }.Doing(async (parsed, gateway, ct) =>
            Output.Print(parsed, await gateway.GetAsync(Gateway.PathOf("/api/v1/trajectories", ("run", parsed.GetValue(Run)), ("verdict", parsed.GetValue(Verdict)), ("cursor", parsed.GetValue(Cursor))), ct), ShowList)));
        trajectories.Subcommands.Add(new Command("show", "One trajectory turn by turn.") { Id }.Doing(async (parsed, gateway, ct) =>
            Output.Print(parsed, await gateway.GetAsync($"/api/v1/trajectories/{Uri.EscapeDataString(parsed.GetValue(Id)!)}", ct), Show)));
        return trajectories;
    }

    private static void ShowList(JsonElement page)
    {
        var table = Output.Table("trajectory", "task", "type", "policy", "outcome", "reward", "verdict");
        foreach (var t in page.GetProperty("items").EnumerateArray())
            table.AddRow(new[] { "id", "task", "taskType", "policy", "outcome", "reward", "verdict" }.Select(m => Output.Plain(Short(t.Text(m)))).ToArray());
        AnsiConsole.Write(table);
        if (page.Text("next") is { Length: > 0 } next)
            Console.WriteLine($"more: --cursor {next}");
    }

    /// <summary>Digests cut short, those in a team's policy too.</summary>
    private static string Short(string value) => Digests().Replace(value, found => found.Value[..19] + "…");

    [GeneratedRegex("sha256:[0-9a-f]{64}")]
    private static partial Regex Digests();

    private static void Show(JsonElement t)
    {
        Console.WriteLine($"{t.Text("task")} ({t.Text("taskType")}) by {Short(t.Text("policy"))}: {t.Text("outcome")}, reward {t.Text("reward")}");
        if (t.Text("subject") is { Length: > 0 } subject)
            Console.WriteLine(t.Text("erased") == "True" ? $"personal data of {Output.Printable(subject)}, which was erased: what was said can be read by nobody" : $"personal data of {Output.Printable(subject)}");
        foreach (var turn in t.GetProperty("turns").EnumerateArray())
        {
            var role = turn.Text("role") is { Length: > 0 } named ? $"{named}: " : "";
            AnsiConsole.MarkupLine($"[grey]{Output.Plain(role + turn.Text("observation"))}[/]");
            AnsiConsole.MarkupLine($"  [bold]> {Output.Plain(turn.Text("action"))}[/]{(turn.Text("invalid") == "True" ? " [red](invalid)[/]" : "")}");
        }
        foreach (var score in t.GetProperty("scores").EnumerateArray())
            Console.WriteLine($"{score.Text("judge")}: {score.Text("verdict")} {Output.Printable(string.Join(' ', score.GetProperty("reasons").EnumerateArray()))}");
    }
}
