using AgentOps.Contracts;

namespace AgentOps.Judge;

/// <summary>A trajectory that people may be shown: which it is, whatever run it is of.</summary>
/// <param name="Source">The place of its generation in the step's work.</param>
public sealed record Showable(TrajectoryId Trajectory, int Source, string Task, int Sample)
{
    /// <summary>The SHA-256 of it under a seed: an order that nobody chose, the same when the run is made again.</summary>
    public string Rank(string seed) => Digest.OfLines([$"{seed}/{Source}/{Task}/{Sample}"]).Hex;
}

/// <summary>What people are asked about: the same for the same work, never by arrival.</summary>
public static class Chosen
{
    /// <summary>Spread over the tasks: of each the first sample by its rank, then of each the second, and so on.</summary>
    /// <param name="most">Null: all.</param>
    public static IReadOnlySet<TrajectoryId> Trajectories(IEnumerable<Showable> all, int? most) => all
        .GroupBy(one => one.Task).SelectMany(task => task.OrderBy(one => one.Rank("sample"), StringComparer.Ordinal).Index())
        .OrderBy(one => one.Index).ThenBy(one => one.Item.Rank("task"), StringComparer.Ordinal)
        .Take(most ?? int.MaxValue).Select(one => one.Item.Trajectory).ToHashSet();

    /// <summary>Pairs of samples of a task that did something different, of each task the first, then of each the second, as far as more are asked for.</summary>
    /// <param name="did">What was done in a trajectory, as a text.</param>
    /// <param name="most">Null: one of each task.</param>
    /// <returns>Each in the order in which it is shown, which follows from a hash: neither side has the better place.</returns>
    public static IReadOnlyList<(Showable First, Showable Second)> Pairs(IEnumerable<Showable> all, Func<Showable, string> did, int? most) =>
    [
        .. all.GroupBy(one => one.Task)
            .SelectMany(task => Neighbours([.. task.OrderBy(one => one.Rank("sample"), StringComparer.Ordinal).DistinctBy(did)]).Index())
            .Where(pair => most is not null || pair.Index == 0)
            .OrderBy(pair => pair.Index).ThenBy(pair => pair.Item.First.Rank("task"), StringComparer.Ordinal)
            .Take(most ?? int.MaxValue).Select(pair => Shuffled(pair.Item)),
    ];

    private static IEnumerable<(Showable First, Showable Second)> Neighbours(IReadOnlyList<Showable> samples) => samples.Zip(samples.Skip(1));

    private static (Showable First, Showable Second) Shuffled((Showable First, Showable Second) pair) =>
        string.CompareOrdinal(pair.First.Rank("side"), pair.Second.Rank("side")) < 0 ? pair : (pair.Second, pair.First);
}
