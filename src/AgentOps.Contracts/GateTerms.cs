using System.Globalization;

namespace AgentOps.Contracts;

/// <summary>What a gate asked of its candidates, or what one must have asked at least to count.</summary>
/// <param name="When">Conditions as <see cref="GateCondition"/> writes them.</param>
/// <param name="Test"><c>paired</c>, by which each condition was tested, or <c>none</c>.</param>
/// <param name="Alpha">The level of the test, over all candidates; null: any.</param>
public sealed record GateTerms(IReadOnlyList<string> When, string Test = GateTerms.NoTest, double? Alpha = null)
{
    public const string NoTest = "none";
    public const string Paired = "paired";

    public static GateTerms Of(PromoteWork work) => new([.. work.When.Select(condition => condition.ToString())], work.Test, work.Test == NoTest ? null : work.Alpha);

    /// <summary>Whether a gate that asked this has asked at least these terms.</summary>
    /// <param name="asked">Null in decisions of before they said it.</param>
    public bool AreMetBy(GateTerms? asked) => asked is not null && When.All(asked.When.Contains) && (Test == NoTest || (asked.Test == Test && (Alpha is null || asked.Alpha <= Alpha)));

    public override string ToString() => $"'{string.Join(" and ", When)}'{(Test == NoTest ? "" : $", {Test}{(Alpha is { } alpha ? string.Create(CultureInfo.InvariantCulture, $" at {alpha}") : "")}")}";
}
