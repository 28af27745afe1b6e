using AgentOps.Environments;

namespace AgentOps.Learning;

/// <summary>Keeps a tenth of the tasks, whichever a hash of their names chooses, from a training to measure its model by. All samples of a task go together, and the same tasks are kept whatever the seed, so that a training that goes on
/// from a reward model which held them out has not learned from them either.</summary>
public static class HeldOut
{
    private const int OneIn = 10;

    public static bool Is(string task) => Seed.Of($"held-out/{task}") % OneIn == 0;

    /// <summary>Nothing is kept where the rest would not do to learn from.</summary>
    /// <param name="suffices">Whether samples alone can be learned from.</param>
    public static (IReadOnlyList<T> Learned, IReadOnlyList<T> Kept) Split<T>(IReadOnlyList<T> samples, Func<T, string> taskOf, Func<IReadOnlyList<T>, bool> suffices)
    {
        T[] learned = [.. samples.Where(sample => !Is(taskOf(sample)))];
        return suffices(learned) ? (learned, [.. samples.Where(sample => Is(taskOf(sample)))]) : (samples, []);
    }
}
