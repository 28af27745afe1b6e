using System.Text.Json;
using Spectre.Console;

namespace AgentOps.Cli.Commands;

/// <summary>A review as a reviewer reads it.</summary>
public static class ReviewPage
{
    private static readonly string[] Names = ["first", "second"];

    public static void Show(JsonElement review)
    {
        AnsiConsole.Write(new Rule($"[bold]{Output.Plain(review.Text("task"))}[/]  {review.Text("answers")} of {review.Text("wanted")} people have answered") { Justification = Justify.Left });
        var shown = review.GetProperty("shown").EnumerateArray().ToList();
        foreach (var (index, turns) in shown.Index())
        {
            if (shown.Count > 1)
                AnsiConsole.Write(new Rule($"[bold yellow]{Names[index]}[/]") { Justification = Justify.Left });
            Show(turns.EnumerateArray().ToList());
        }
        if (review.Text("closed") is { Length: > 0 } closed)
            Console.WriteLine(Output.Printable(closed));
    }

    private static void Show(IReadOnlyList<JsonElement> turns)
    {
        foreach (var turn in turns)
        {
            foreach (var line in Lines(turn.Text("observation")))
                AnsiConsole.MarkupLine($"  [grey]{line}[/]");
            foreach (var line in Lines(turn.Text("action")))
                AnsiConsole.MarkupLine($"[bold green]{Who(turn)}> {line}[/]");
        }
        Console.WriteLine();
    }

    /// <summary>Of a team, whose turn it is.</summary>
    private static string Who(JsonElement turn) => turn.Text("role") is { Length: > 0 } role ? $"{Output.Plain(role)} " : "";

    /// <summary>What was said may have several lines; everything else that a terminal obeys goes.</summary>
    private static IEnumerable<string> Lines(string text) => text.Split('\n').Select(line => Output.Plain(line.TrimEnd('\r')));
}
