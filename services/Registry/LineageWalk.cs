using System.Runtime.CompilerServices;
using AgentOps.Contracts;
using Npgsql;

namespace AgentOps.Registry;

/// <summary>
/// Walks back from a reference over the events' inputs and outputs and over nothing else, the nearest first.
/// Several runs may come to the same bytes, and then each has made them: what a run read was made by that run, where it made it at all.
/// </summary>
internal static class LineageWalk
{
    /// <summary>Every reference with the events that made it; once more where another run read it too.</summary>
    /// <param name="follow">Which of the inputs the walk goes on to.</param>
    public static async IAsyncEnumerable<(Reference Reference, IReadOnlyList<LineageEvent> Producers)> FromAsync(
        Reference root,
        Func<Reference, CancellationToken, Task<IReadOnlyList<LineageEvent>>> producersOf,
        Func<IReadOnlyList<LineageEvent>, IEnumerable<Reference>> follow,
        [EnumeratorCancellation] CancellationToken ct)
    {
        var known = new HashSet<(Reference Reference, Guid? Run)> { (root, null) };
        var open = new Queue<(Reference Reference, Guid? Run)>(known);
        while (open.TryDequeue(out var read))
        {
            var producers = Of(read.Run, await producersOf(read.Reference, ct));
            yield return (read.Reference, producers);
            var followed = follow(producers).ToHashSet();
            foreach (var input in producers.SelectMany(made => made.Inputs.Select(input => (input, made.Run))).Where(input => followed.Contains(input.input) && known.Add(input)))
                open.Enqueue(input);
        }
    }

    /// <summary>All events from which the subject follows: their positions, and the streams they stand in.</summary>
    public static async Task<SortedDictionary<long, string>> EventsAsync(Reference subject, NpgsqlDataSource db, CancellationToken ct)
    {
        var events = new SortedDictionary<long, string>();
        await foreach (var (_, producers) in FromAsync(subject, (reference, token) => LineageView.ProducersAsync(db, reference, token), made => made.SelectMany(e => e.Inputs), ct))
            foreach (var made in producers)
                events[made.Position] = made.Stream;
        return events;
    }

    private static IReadOnlyList<LineageEvent> Of(Guid? run, IReadOnlyList<LineageEvent> producers) =>
        producers.Where(made => made.Run == run).ToArray() is { Length: > 0 } own && run is not null ? own : producers;
}
