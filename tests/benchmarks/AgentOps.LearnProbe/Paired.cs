namespace AgentOps.LearnProbe;

/// <summary>Two policies on the same tasks, and one policy's share of successes with its interval.</summary>
internal static class Paired
{
    /// <summary>Tasks gained and lost by the second policy, with the exact two-sided sign test (McNemar's exact test).</summary>
    public static (int Gained, int Lost, double P) Compare(IReadOnlyList<bool> before, IReadOnlyList<bool> after)
    {
        var gained = before.Zip(after).Count(pair => !pair.First && pair.Second);
        var lost = before.Zip(after).Count(pair => pair.First && !pair.Second);
        return (gained, lost, SignTest(gained, lost));
    }

    public static double SignTest(int gained, int lost)
    {
        var n = gained + lost;
        // Twice the probability of at most the smaller of the two among n fair coins: the binomials in logarithms, since 2^-n underflows.
        double LogChoose(int k) => Enumerable.Range(1, k).Sum(i => Math.Log((double)(n - k + i) / i));
        return Math.Min(1, 2 * Enumerable.Range(0, Math.Min(gained, lost) + 1).Sum(k => Math.Exp(LogChoose(k) - n * Math.Log(2))));
    }

    /// <summary>Wilson's 95 % interval of a share.</summary>
    public static (double Low, double High) Wilson(int successes, int n)
    {
        const double z = 1.959964;
        double p = (double)successes / n, centre = p + z * z / (2 * n), spread = z * Math.Sqrt(p * (1 - p) / n + z * z / (4.0 * n * n));
        return ((centre - spread) / (1 + z * z / n), (centre + spread) / (1 + z * z / n));
    }
}
