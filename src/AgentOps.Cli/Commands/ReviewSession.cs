using System.Text.Json;
using Spectre.Console;

namespace AgentOps.Cli.Commands;

/// <summary>Shows a reviewer one question after the other and takes the answers, on a terminal or from lines of a pipe.</summary>
public static class ReviewSession
{
    private static readonly Dictionary<string, string> Verdicts = new() { ["a"] = "accepted", ["r"] = "rejected", ["u"] = "unusable" };
    private static readonly Dictionary<string, string> Preferences = new() { ["1"] = "first", ["2"] = "second", ["n"] = "neither" };

    public static async Task<int> GoAsync(Gateway gateway, string? run, CancellationToken ct)
    {
        var (answered, passed) = (0, new HashSet<string>());
        while (await NextAsync(gateway, run, passed, ct) is { } id)
        {
            passed.Add(id);
            var review = await gateway.GetAsync(ReviewCommands.PathOf(id), ct);
            if (review.Text("closed").Length > 0)
                continue;
            Console.WriteLine();
            ReviewPage.Show(review);
            if (Ask(review.Text("kind") == "comparison") is not { } answer)
                break;
            if (answer.Word is null)
                continue;
            try
            {
                var isComparison = review.Text("kind") == "comparison";
                await ReviewCommands.AnswerAsync(gateway, id, isComparison ? null : answer.Word, isComparison ? answer.Word : null, answer.Reason, ct);
                answered++;
            }
            catch (CommandFailedException refused) when (refused.ExitCode == ExitCode.Refused && !refused.MayPass)
            {
                // Another one was quicker, or the run has ended.
                Console.WriteLine(refused.Message);
            }
        }
        Console.WriteLine(answered == 1 ? "1 answer recorded." : $"{answered} answers recorded.");
        return ExitCode.Success;
    }

    /// <summary>The first that is open and was not shown yet; null where there is none.</summary>
    private static async Task<string?> NextAsync(Gateway gateway, string? run, HashSet<string> passed, CancellationToken ct)
    {
        for (string? cursor = null; ;)
        {
            var page = await ReviewCommands.ListAsync(gateway, run, answered: false, cursor, ct);
            if (page.GetProperty("items").EnumerateArray().Select(item => item.Text("id")).FirstOrDefault(id => !passed.Contains(id)) is { } next)
                return next;
            if (page.Text("next") is not { Length: > 0 } further)
                return null;
            cursor = further;
        }
    }

    /// <returns>The answer's word, null for the next question; null altogether to stop.</returns>
    private static (string? Word, string? Reason)? Ask(bool comparison)
    {
        var words = comparison ? Preferences : Verdicts;
        var choices = string.Join(", ", words.Select(word => $"[bold]{word.Key}[/] {word.Value}"));
        while (true)
        {
            AnsiConsole.Markup($"{choices}, [bold]s[/] skip, [bold]q[/] quit: ");
            if (Console.ReadLine()?.Trim().ToLowerInvariant() is not { } key || key == "q")
                return null;
            if (key == "s")
                return (null, null);
            if (!words.TryGetValue(key, out var word))
                continue;
            AnsiConsole.Markup("why (may be empty): ");
            return (word, Console.ReadLine() is { Length: > 0 } reason ? reason : null);
        }
    }
}
