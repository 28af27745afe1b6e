using AgentOps.Contracts;

namespace AgentOps.Evaluator;

/// <summary>One policy's episodes, each task once.</summary>
public sealed record PlayedPolicy(NamedPolicy Policy, GenerationId Generation, IReadOnlyList<TrajectorySummary> Episodes);

/// <summary>Turns episodes into the report: shares with intervals, failed episodes counted apart, and every two policies compared on the same tasks.</summary>
public static class Reporting
{
    public static EvaluationReport Of(IReadOnlyList<PlayedPolicy> played) =>
        new([.. played.Select(Policy)], [.. Pairs(played)]);

    private static PolicyReport Policy(PlayedPolicy played)
    {
        var completed = played.Episodes.Where(Completed).ToList();
        var turns = completed.Sum(e => e.Turns);
        return new(
            played.Policy.Name,
            played.Policy.Policy,
            played.Generation,
            played.Episodes.Count,
            played.Episodes.Count(e => e.Outcome == EpisodeOutcome.Scored),
            played.Episodes.Count(e => e.Outcome == EpisodeOutcome.Truncated),
            played.Episodes.Count - completed.Count,
            Share(completed),
            Share(played.Episodes),
            completed.Count == 0 ? 0 : (double)turns / completed.Count,
            turns == 0 ? 0 : (double)completed.Sum(e => e.InvalidActions) / turns,
            completed.GroupBy(e => e.TaskType).OrderBy(g => g.Key, StringComparer.Ordinal).ToDictionary(g => g.Key, g => Share([.. g])));
    }

    private static IEnumerable<PairedComparison> Pairs(IReadOnlyList<PlayedPolicy> played) =>
        from a in Enumerable.Range(0, played.Count)
        from b in Enumerable.Range(a + 1, played.Count - a - 1)
        select Compare(played[a], played[b]);

    private static PairedComparison Compare(PlayedPolicy a, PlayedPolicy b)
    {
        var ofB = b.Episodes.Where(Completed).ToDictionary(e => (e.Task, e.Sample));
        int both = 0, onlyA = 0, onlyB = 0, neither = 0;
        foreach (var episode in a.Episodes.Where(Completed))
        {
            if (!ofB.TryGetValue((episode.Task, episode.Sample), out var other))
                continue;
            switch (episode.Succeeded(), other.Succeeded())
            {
                case (true, true): both++; break;
                case (true, false): onlyA++; break;
                case (false, true): onlyB++; break;
                default: neither++; break;
            }
        }
        return new(a.Policy.Name, b.Policy.Name, both, onlyA, onlyB, neither, Statistics.ExactMcNemar(onlyA, onlyB));
    }

    private static bool Completed(TrajectorySummary episode) => episode.Outcome != EpisodeOutcome.Failed;

    private static Proportion Share(IReadOnlyList<TrajectorySummary> episodes) => Statistics.Wilson(episodes.Count(e => e.Succeeded()), episodes.Count);
}
