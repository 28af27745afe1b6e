using System.Runtime.CompilerServices;
using AgentOps.Contracts;

namespace AgentOps.Registry;

/// <summary>Walks back from a reference over the events' inputs and outputs and over nothing else, the nearest first.</summary>
internal static class LineageWalk
{
    /// <summary>Every reference once, with the events that made it.</summary>
    /// <param name="follow">Which of the inputs the walk goes on to.</param>
    public static async IAsyncEnumerable<(Reference Reference, IReadOnlyList<LineageEvent> Producers)> FromAsync(
        Reference root,
        Func<Reference, CancellationToken, Task<IReadOnlyList<LineageEvent>>> producersOf,
        Func<IReadOnlyList<LineageEvent>, IEnumerable<Reference>> follow,
        [EnumeratorCancellation] CancellationToken ct)
    {
        var known = new HashSet<Reference> { root };
        var open = new Queue<Reference>(known);
        while (open.TryDequeue(out var reference))
        {
            var producers = await producersOf(reference, ct);
            yield return (reference, producers);
            foreach (var input in follow(producers).Where(known.Add))
                open.Enqueue(input);
        }
    }
}
