using AgentOps.Contracts;
using AgentOps.Exports;
using AgentOps.Hosting;
using AgentOps.Ledger;
using AgentOps.Proofs;
using Npgsql;

namespace AgentOps.Registry;

/// <summary>Gathers what is known of how a model version came to be, and to be named by an alias or deployed where it is asked for so, for the documents that are written of it.</summary>
/// <param name="key">The ledger's, by whose name it is called.</param>
public sealed class LineageFacts(LedgerStore ledger, NpgsqlDataSource db, NoteKey key)
{
    private const int StreamsAtOnce = 500;

    /// <exception cref="ProblemException">The view of lineage has not reached it yet (503).</exception>
    public async Task<ModelLineage> OfAsync(LineageRoot root, CancellationToken ct)
    {
        var (name, version, model) = (root.Model, root.Version, root.Digest);
        var positions = await LineageWalk.PositionsAsync(db, root.Asked, ct);
        root.CheckSeen(positions);
        positions.UnionWith(root.Move?.Positions ?? []);
        var made = await LineageRows.StreamsAsync(db, positions, ct);
        var facts = await ReadAsync([.. made.Values.Distinct()], stored => made.ContainsKey(stored.Position), ct);
        var ancestors = facts.Values.Select(fact => fact.Data).OfType<TrainingCompleted>().Select(training => training.Model).ToHashSet();
        var runs = await ReadAsync([.. facts.Values.Select(fact => fact.Data).OfType<RunSubmitted>().Select(submitted => submitted.Run.Stream()).Distinct()], _ => true, ct);
        var evaluations = await ReadAsync([.. runs.Values.Select(fact => fact.Data).OfType<StepCompleted>().Select(step => step.Output).OfType<EvaluationOutput>().Select(output => output.Evaluation.Stream()).Distinct()], stored => TookPart(stored, model, ancestors), ct);
        foreach (var (position, fact) in runs.Concat(evaluations))
            facts.TryAdd(position, fact);
        var registered = facts.Values.First(fact => fact.Data is ModelVersionRegistered made && made.Model == name && made.Version == version);
        var ancestry = await LineageWalk.PositionsAsync(db, new Reading(Reference.Model(model), registered.Run, registered.Position, Taken: false), ct);
        return new(name, version, model, key.Name, [.. facts.Values], ancestry);
    }

    /// <summary>An event as the documents have it: the text of an episode's turns stands in none of them.</summary>
    internal static Fact FactOf(StoredEvent stored) => new(stored.Position, stored.Id, stored.Stream, stored.Type, stored.At, stored.Meta.Actor, stored.Meta.Service, stored.Meta.CodeVersion, stored.Meta.Run,
        stored.Data is TrajectoryRecorded played ? played with { Turns = [] } : stored.Data);

    private async Task<SortedDictionary<long, Fact>> ReadAsync(IReadOnlyList<string> streams, Func<StoredEvent, bool> wanted, CancellationToken ct)
    {
        var facts = new SortedDictionary<long, Fact>();
        // Each trajectory has a stream of its own, and a page of many streams costs as much as all of them.
        foreach (var some in streams.Chunk(StreamsAtOnce))
            await foreach (var stored in ledger.ReadStreamsAsync(some, ct))
                if (wanted(stored))
                    facts[stored.Position] = FactOf(stored);
        return facts;
    }

    /// <summary>An evaluation of the model, or one that chose what it was made from.</summary>
    private static bool TookPart(StoredEvent stored, Digest model, HashSet<Digest> ancestors) => stored.Data is EvaluationCompleted completed
        && (completed.Report.Policies.Any(policy => policy.Policy.Models.Contains(model)) || completed.Kept?.Policy.Model is { } kept && ancestors.Contains(kept));
}
