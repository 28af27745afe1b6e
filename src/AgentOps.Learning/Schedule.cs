namespace AgentOps.Learning;

/// <summary>The learning rate by optimiser step.</summary>
public static class Schedule
{
    /// <summary>The share of the steps over which the rate rises.</summary>
    public const double WarmUp = 0.05;

    /// <summary>Linear warm-up over <see cref="WarmUp"/> of the steps, then half a cosine (Loshchilov and Hutter, arXiv:1608.03983, eq. 5) that would reach 0 one step after the last.</summary>
    /// <param name="step">1 for the first optimiser step, <paramref name="steps"/> for the last.</param>
    public static double Cosine(int step, int steps, double peak)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(step, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(step, steps);
        var warmUp = (int)Math.Ceiling(WarmUp * steps);
        return step <= warmUp
            ? peak * step / warmUp
            : peak * 0.5 * (1 + Math.Cos(Math.PI * (step - warmUp) / (steps - warmUp + 1)));
    }
}
