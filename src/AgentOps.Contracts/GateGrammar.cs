using System.Text.RegularExpressions;

namespace AgentOps.Contracts;

/// <summary>The grammar of a gate's <c>when</c>: <c>name.metric op name.metric [and …]</c>, nothing more.</summary>
public static partial class GateGrammar
{
    public const int MaxConditions = 16;
    public static readonly IReadOnlyList<string> Metrics = ["success", "meanTurns", "invalidRate"];

    /// <exception cref="FormatException">The text is not in the grammar.</exception>
    public static IReadOnlyList<GateCondition> Parse(string text)
    {
        var parts = text.Split(" and ", StringSplitOptions.None);
        if (parts.Length > MaxConditions)
            throw new FormatException($"there are more than {MaxConditions} conditions.");
        return [.. parts.Select(Condition)];
    }

    private static GateCondition Condition(string text)
    {
        var match = ConditionPattern().Match(text.Trim());
        if (!match.Success)
            throw new FormatException($"'{text.Trim()}' is not of the form name.metric op name.metric, with >, >=, < or <= for op and 'and' between conditions.");
        foreach (var metric in (string[])[match.Groups[2].Value, match.Groups[5].Value])
            if (!Metrics.Contains(metric))
                throw new FormatException($"'{metric}' is not a metric; the metrics are {string.Join(", ", Metrics)}.");
        return new GateCondition(match.Groups[1].Value, match.Groups[2].Value, match.Groups[3].Value, match.Groups[4].Value, match.Groups[5].Value);
    }

    [GeneratedRegex(@"\A([A-Za-z0-9][A-Za-z0-9_-]{0,63})\.([A-Za-z]{1,32})\s{0,8}(>=|<=|>|<)\s{0,8}([A-Za-z0-9][A-Za-z0-9_-]{0,63})\.([A-Za-z]{1,32})\z", RegexOptions.CultureInvariant)]
    private static partial Regex ConditionPattern();
}
