using System.Text;
using AgentOps.Benchmarks;

namespace AgentOps.LedgerBenchmark;

/// <summary>All cases as a Markdown table: rates as medians, the ratio as the median of the pairs with its range.</summary>
internal static class Table
{
    public static string Of(IReadOnlyList<CaseResult> results)
    {
        var text = new StringBuilder("| case | floor, events/s | ledger, events/s | ratio (min to max) | bar | met |\n|---|---|---|---|---|---|\n");
        foreach (var result in results)
        {
            text.Append($"| {result.Name} | {Median.Of(result.Floor):F0} | {Median.Of(result.Ledger):F0} ");
            text.Append($"| {Median.Of(result.Ratios):F2} ({result.Ratios.Min():F2} to {result.Ratios.Max():F2}) ");
            text.Append(result.Bar is { } bar ? $"| {bar:F1} | {(result.Met ? "yes" : "NO")} |\n" : "| | |\n");
        }
        return text.ToString();
    }
}
