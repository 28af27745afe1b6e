namespace AgentOps.Contracts;

/// <summary>The interval and the test behind <see cref="Proportion"/> and <see cref="PairedComparison"/>, on which the gate's evidence rests.</summary>
public static class Statistics
{
    /// <summary>The 97.5 % quantile of the standard normal distribution.</summary>
    private const double Z = 1.959963984540054;

    /// <summary>The 95 % score interval. Wilson 1927, J. Amer. Statist. Assoc. 22:209–212. Of no trials nothing is known: [0, 1].</summary>
    public static Proportion Wilson(int successes, int trials)
    {
        if (trials == 0)
            return new(0, 0, 0, 0, 1);
        var share = (double)successes / trials;
        var centre = share + Z * Z / (2 * trials);
        var half = Z * Math.Sqrt(share * (1 - share) / trials + Z * Z / (4.0 * trials * trials));
        var scale = 1 + Z * Z / trials;
        // At the ends one limit is the end itself; rounding must not move it.
        return new(successes, trials, share, successes == 0 ? 0 : (centre - half) / scale, successes == trials ? 1 : (centre + half) / scale);
    }

    /// <summary>Two-sided p of the exact McNemar test: under the null the discordant tasks fall to either side like a fair coin. McNemar 1947, Psychometrika 12:153–157, with the binomial distribution in place of its χ².</summary>
    /// <returns>1 where no task is discordant.</returns>
    public static double ExactMcNemar(int onlyA, int onlyB)
    {
        var n = onlyA + onlyB;
        var tail = 0.0;
        var logChoose = 0.0;
        for (var k = 0; k <= Math.Min(onlyA, onlyB); k++)
        {
            tail += Math.Exp(logChoose - n * Math.Log(2));
            logChoose += Math.Log(n - k) - Math.Log(k + 1);
        }
        return Math.Min(1, 2 * tail);
    }
}
