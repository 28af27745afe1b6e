using AgentOps.Contracts;
using AgentOps.Ledger;

namespace AgentOps.Registry;

/// <summary>What lineage keeps of one event.</summary>
/// <param name="Step">Its step: events that make or read trajectories, or make nothing, share it with those alike.</param>
/// <param name="Inputs">Without trajectories; the last <paramref name="Taken"/> of them are what it took over.</param>
/// <param name="Outputs">Without trajectories.</param>
/// <param name="Takes">Whether it took over what there was outside instead of making it.</param>
/// <param name="Gathered">The trajectories it read.</param>
/// <param name="Made">The trajectories it made.</param>
/// <param name="Samples">Of a data set; 0 for everything else.</param>
internal sealed record EventEdges(Guid Step, IReadOnlyList<Reference> Inputs, int Taken, IReadOnlyList<Reference> Outputs, bool Takes, IReadOnlyList<string> Gathered, IReadOnlyList<string> Made, int Samples)
{
    public static EventEdges Of(StoredEvent stored)
    {
        Reference[] read = [.. stored.Data.Inputs.Distinct().Where(r => !r.IsMember())], outputs = [.. stored.Data.Outputs.Distinct().Where(r => !r.IsMember())];
        // What came from outside may have been made here before: then it is read as well.
        var takes = read.Any(r => r.Kind == ReferenceKind.Source);
        Reference[] taken = takes ? [.. outputs.Where(r => r.Kind.IsContent()).Except(read)] : [];
        string[] gathered = Members(stored.Data.Inputs), made = Members(stored.Data.Outputs);
        var step = gathered.Length + made.Length > 0 || outputs.Length == 0
            ? NameBasedGuid.Of([stored.Type, $"{stored.Meta.Run}", stored.Meta.Actor, .. read.Select(r => $"{r}"), "", .. outputs.Where(r => !r.Kind.IsContent()).Select(r => $"{r}")])
            : NameBasedGuid.Of("event", $"{stored.Position}");
        return new(step, [.. read, .. taken], taken.Length, outputs, takes, gathered, made, stored.Data is DatasetBuilt built ? built.Samples : 0);
    }

    private static string[] Members(IReadOnlyList<Reference> references) => [.. references.Where(r => r.IsMember()).Select(r => r.Id).Distinct()];
}

/// <summary>What the rules of lineage ask of a reference.</summary>
internal static class ReferenceRules
{
    /// <summary>Named by its bytes, to which several runs may come.</summary>
    public static bool IsContent(this ReferenceKind kind) => kind is ReferenceKind.Model or ReferenceKind.Artifact;

    /// <summary>Made by all of its events, also by those that came after it was first read: a generation's trajectories name it before its shards are counted.</summary>
    public static bool IsWork(this ReferenceKind kind) => kind is ReferenceKind.Run or ReferenceKind.Generation or ReferenceKind.Trajectory or ReferenceKind.Judgement
        or ReferenceKind.Dataset or ReferenceKind.Training or ReferenceKind.Evaluation;

    /// <summary>Trajectories are members, not structure: there may be a million.</summary>
    public static bool IsMember(this Reference reference) => reference.Kind == ReferenceKind.Trajectory;
}
