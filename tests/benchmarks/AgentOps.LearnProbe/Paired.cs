using AgentOps.Contracts;

namespace AgentOps.LearnProbe;

/// <summary>Two policies on the same tasks.</summary>
internal static class Paired
{
    /// <summary>Tasks gained and lost by the second policy, with the exact McNemar test.</summary>
    public static (int Gained, int Lost, double P) Compare(IReadOnlyList<bool> before, IReadOnlyList<bool> after)
    {
        var gained = before.Zip(after).Count(pair => !pair.First && pair.Second);
        var lost = before.Zip(after).Count(pair => pair.First && !pair.Second);
        return (gained, lost, Statistics.ExactMcNemar(gained, lost));
    }
}
