namespace AgentOps.Contracts;

/// <summary>What became of every sample that entered a step; it must close: the parts sum to <paramref name="In"/>.</summary>
/// <param name="Filtered">Not accepted by the judge, or not asked for.</param>
/// <param name="Used">In a data set, or in some step of a training.</param>
/// <param name="Tied">Pairs whose two sides have the same reward; of an online training episodes whose whole group went alike.</param>
/// <param name="Duplicate">Same tokens as another sample.</param>
/// <param name="TooLong">Longer than the model's context.</param>
/// <param name="Failed">Episodes that failed, where a failed episode is not a zero, or whose online iteration ended in a failure; lines of a data set that are malformed.</param>
/// <param name="Withdrawn">Left out since they were withdrawn; null where nothing was asked to be left out.</param>
/// <param name="HeldOut">Kept from a training to measure its model by; null where nothing is.</param>
/// <param name="Unseen">Fit to be learned from, and in no step of the training, whose tokens end before it comes to them; also all that are fit where a training refuses the rest. Null where there are none.</param>
public sealed record BalanceSheet(int In, int Used, int Filtered = 0, int Tied = 0, int Duplicate = 0, int TooLong = 0, int Failed = 0, int? Withdrawn = null, int? HeldOut = null, int? Unseen = null)
{
    /// <summary>The same where of what was used only so many samples were in a step.</summary>
    public BalanceSheet Seeing(int samples) => (this with { Used = samples, Unseen = samples < Used ? Used - samples : null }).Closed();

    /// <exception cref="InvalidOperationException">The sheet does not close.</exception>
    public BalanceSheet Closed() => Used + Filtered + Tied + Duplicate + TooLong + Failed + (Withdrawn ?? 0) + (HeldOut ?? 0) + (Unseen ?? 0) == In
        ? this
        : throw new InvalidOperationException($"The balance sheet does not close: {In} in, but {Used} used + {Filtered} filtered + {Tied} tied + {Duplicate} duplicate + {TooLong} too long + {Failed} failed + {Withdrawn ?? 0} withdrawn + {HeldOut ?? 0} held out + {Unseen ?? 0} unseen.");
}
