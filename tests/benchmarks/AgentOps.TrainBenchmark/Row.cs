using System.Globalization;
using System.Text;
using AgentOps.Benchmarks;

namespace AgentOps.TrainBenchmark;

/// <summary>One line of the result.</summary>
/// <param name="Other">What the other side came to in each measurement.</param>
/// <param name="Ours">What ours came to in the measurement beside it, in the same unit.</param>
/// <param name="Bar">What the median ratio must reach, or must not exceed with <paramref name="IsCeiling"/>; null where there is no bar.</param>
internal sealed record Row(string What, string Unit, IReadOnlyList<double> Other, IReadOnlyList<double> Ours, double? Bar = null, bool IsCeiling = false)
{
    public IReadOnlyList<double> Ratios { get; } = [.. Ours.Zip(Other, (ours, other) => ours / other)];

    public bool IsMet => Bar is not { } bar || (IsCeiling ? Median.Of(Ratios) <= bar : Median.Of(Ratios) >= bar);

    /// <summary>All rows in Markdown: medians, and the ratio of each pair from the least to the greatest.</summary>
    public static string Table(IEnumerable<Row> rows)
    {
        var text = new StringBuilder("| what | unit | other | ours | ratio, median (min–max) | bar | met |\n|---|---|---|---|---|---|---|\n");
        foreach (var row in rows)
            text.AppendLine(CultureInfo.InvariantCulture,
                $"| {row.What} | {row.Unit} | {Median.Of(row.Other):N0} | {Median.Of(row.Ours):N0} | {Median.Of(row.Ratios):F2} ({row.Ratios.Min():F2}–{row.Ratios.Max():F2}) | {row.BarText} | {row.MetText} |");
        return text.ToString();
    }

    private string BarText => Bar is not { } bar ? "" : $"{(IsCeiling ? "≤" : "≥")} {bar.ToString(CultureInfo.InvariantCulture)}";

    private string MetText => Bar is null ? "" : IsMet ? "yes" : "no";
}
