using System.CommandLine;
using System.Text.Json;
using Spectre.Console;

namespace AgentOps.Cli.Commands;

/// <summary><c>agentops deadletters list|replay</c>.</summary>
public static class DeadLetterCommands
{
    private static readonly Option<string?> Queue = new("--queue") { Description = "Only this queue's." };

    public static Command Create()
    {
        Command letters = new("deadletters", "Messages that a service refused until its retries were used up.");
        letters.Subcommands.Add(new Command("list", "What lies in the error queues.").Doing(async (parsed, gateway, ct) =>
            Output.Print(parsed, await gateway.GetAsync("/api/v1/dead-letters", ct), ShowList)));
        letters.Subcommands.Add(new Command("replay", "Deliver them once more, when the cause is mended.") { Queue }.Doing(async (parsed, gateway, ct) =>
            Output.Print(parsed, await gateway.PostAsync("/api/v1/dead-letters/replay" + Query(parsed.GetValue(Queue)), null, ct), answer => Console.WriteLine(Said(answer.GetProperty("replayed").GetInt32())))));
        return letters;
    }

    private static string Said(int replayed) => replayed == 0 ? "There is nothing to replay: no dead letters lie there." : $"Replayed {replayed}.";

    private static string Query(string? queue) => queue is null ? "" : $"?queue={Uri.EscapeDataString(queue)}";

    private static void ShowList(JsonElement page)
    {
        var table = Output.Table("queue", "position", "type", "reason");
        foreach (var letter in page.GetProperty("items").EnumerateArray())
            table.AddRow(new[] { "queue", "position", "type", "reason" }.Select(m => Output.Plain(letter.Text(m))).ToArray());
        AnsiConsole.Write(table);
    }
}
