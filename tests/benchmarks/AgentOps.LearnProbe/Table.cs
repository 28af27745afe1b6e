using System.Text;
using AgentOps.Contracts;

namespace AgentOps.LearnProbe;

/// <summary>The results of all seeds, policy by policy, as a Markdown table.</summary>
internal static class Table
{
    /// <param name="control">The stage that the others are compared with besides SFT; null: none.</param>
    public static string Of(IReadOnlyList<StageResult> results, string? control)
    {
        var text = new StringBuilder($"| policy | success by seed | share (95 %) | against sft: gained / lost, p | against {control ?? "nothing else"} | training, s |\n|---|---|---|---|---|---|\n");
        foreach (var stage in results.GroupBy(result => result.Name))
        {
            var (successes, tasks) = (stage.Sum(result => result.Successes), stage.Sum(result => result.Succeeded.Length));
            var share = Statistics.Wilson(successes, tasks);
            text.Append($"| {stage.Key} | {string.Join(", ", stage.Select(result => $"{result.Successes}/{result.Succeeded.Length}"))} | {share.Rate:P1} ({share.Low:P1} to {share.High:P1}) ");
            text.Append($"| {Against("sft", results, stage)} | {(control is null ? "" : Against(control, results, stage))} | {string.Join(", ", stage.Select(result => $"{result.Seconds:F0}"))} |\n");
        }
        return text.ToString();
    }

    /// <summary>On the same tasks of the same seeds.</summary>
    private static string Against(string name, IReadOnlyList<StageResult> results, IEnumerable<StageResult> stage)
    {
        var pairs = stage.Select(result => (After: result, Before: results.FirstOrDefault(other => other.Name == name && other.Seed == result.Seed))).ToArray();
        if (pairs.Any(pair => pair.Before is null || pair.Before == pair.After))
            return "";
        var compared = pairs.Select(pair => Paired.Compare(pair.Before!.Succeeded, pair.After.Succeeded)).ToArray();
        var (gained, lost) = (compared.Sum(c => c.Gained), compared.Sum(c => c.Lost));
        return $"{string.Join(", ", compared.Select(c => $"{c.Gained} / {c.Lost}"))}; pooled {gained} / {lost}, p {Statistics.ExactMcNemar(gained, lost):G2}";
    }
}
