using System.Text;
using System.Text.Json;

namespace AgentOps.Proofs;

/// <summary>A node of the proved lineage, and the events that made it; an origin has none.</summary>
public sealed record EvidenceNode(EvidenceReference Reference, IReadOnlyList<EvidenceEvent> Events)
{
    /// <summary>What its events read, each once.</summary>
    public IEnumerable<EvidenceReference> Inputs => Events.SelectMany(e => e.Inputs).Where(input => input != Reference).Distinct();
}

/// <summary>What a bundle proves.</summary>
/// <param name="CosignedAt">When the witness has cosigned the checkpoint; null where nobody asked for one.</param>
/// <param name="Events">Whose leaves are under the checkpoint, all of them of the lineage.</param>
/// <param name="Files">Of the model. Their contents and order give the digest that the ledger names; their names it does not cover.</param>
/// <param name="NamedBy">The position of the event that names these files, each with its digest; null where the events that made the model are of before files were named, or had no room: then a file may have been given another name.</param>
/// <param name="Datasets">How many data sets the lineage has, and of how many the bundle has the contents: they are left out where it was not asked for with them.</param>
/// <param name="Lineage">From the subject back, each node once.</param>
/// <param name="Keys">Of the log: the first, then those that came after it; the last has signed.</param>
/// <param name="Move">Of an alias, and of a deployment that one named: who moved it, upon what, and who agreed, as the policy in force asked.</param>
/// <param name="Deployment">Of a deployment: who activated it, and by whose leave.</param>
public sealed record Evidence(
    EvidenceSubject Subject, IReadOnlyList<NoteKey> Keys, Checkpoint Checkpoint, DateTimeOffset? CosignedAt, int Events, int Files, long? NamedBy, (int WithContents, int All) Datasets, IReadOnlyList<EvidenceNode> Lineage, AliasDecision? Move, DeploymentDecision? Deployment);

/// <summary>Checks a bundle with nothing but the bundle and a public key: the log's keys from the first on, the checkpoint's signature, every event's inclusion, the model's digest, the contents of data sets that are there, and that no event by which the lineage was made is left out.</summary>
/// <remarks>
/// What came later, such as another decision about the same version, cannot be proved to be absent; nor can the decision that a version was promoted by,
/// with its evaluation and the other candidates, since a version need not have been promoted; nor that a model which was taken over from outside had been made here before.
/// Of an alias all that led to its move is proved, since the model's own stream is there without a gap.
/// </remarks>
public static class EvidenceVerifier
{
    /// <param name="bundle">A seekable stream.</param>
    /// <param name="trusted">The log's first key; null: the bundle's own, which proves nothing about who made it.</param>
    /// <param name="kept">Checkpoints kept elsewhere, one of which must be the bundle's: a log that shows two views of itself has signed both.</param>
    /// <param name="witness">Who must have cosigned the checkpoint; null for nobody.</param>
    /// <exception cref="EvidenceRefusedException">Something does not fit.</exception>
    public static Evidence Verify(Stream bundle, NoteKey? trusted = null, IReadOnlyList<KeptCheckpoint>? kept = null, CosignatureKey? witness = null)
    {
        try
        {
            using var archive = new EvidenceArchive(bundle);
            return Verify(archive, trusted, kept, witness);
        }
        catch (Exception malformed) when (malformed is not (EvidenceRefusedException or OutOfMemoryException))
        {
            throw new EvidenceRefusedException($"The bundle is malformed: {malformed.Message}", malformed);
        }
    }

    private static Evidence Verify(EvidenceArchive archive, NoteKey? trusted, IReadOnlyList<KeptCheckpoint>? kept, CosignatureKey? witness)
    {
        var subject = Subject(archive);
        var first = NoteKey.Parse(archive.Text(EvidenceBundle.KeyFile));
        if (trusted is not null && trusted.ToString() != first.ToString())
            throw new EvidenceRefusedException($"The bundle is signed by {first.Name}, not by the key that you trust, {trusted.Name}.");
        var (keys, checkpoint) = EvidenceKeys.Open(archive, first);
        if (kept is not null)
            CheckView(checkpoint, keys.Current, kept);
        DateTimeOffset? cosigned = witness is null ? null : witness.TimeOf(SignedNote.Parse(archive.Text(EvidenceBundle.CheckpointFile)))
            ?? throw new EvidenceRefusedException($"The checkpoint is not cosigned by {witness.Name}.");
        var events = Events(archive, EvidenceBundle.EventsFile, checkpoint);
        var root = EvidenceRoot.Of(subject.Subject, events);
        var lineage = Walk(root.Asked, events);
        var move = Move(archive, root, checkpoint);
        var (files, named) = EvidenceFiles.Check(archive, subject.Model, root.Version, lineage);
        var datasets = EvidenceDatasets.Check(archive, lineage);
        return new(subject, keys.Keys, checkpoint, cosigned, events.Count, files, named, datasets, lineage, move, root.Deployment);
    }

    private static AliasDecision? Move(EvidenceArchive archive, EvidenceRoot root, Checkpoint checkpoint)
    {
        if (root.Move is { } move)
            return EvidenceHistory.Check(move, Events(archive, EvidenceBundle.DecisionsFile, checkpoint));
        return archive.Has(EvidenceBundle.DecisionsFile) ? throw new EvidenceRefusedException($"The bundle is about no alias, and holds {EvidenceBundle.DecisionsFile}.") : null;
    }

    private static void CheckView(Checkpoint checkpoint, NoteKey key, IReadOnlyList<KeptCheckpoint> kept)
    {
        if (kept.FirstOrDefault(other => other.Size == checkpoint.Size) is not { } same)
            throw new EvidenceRefusedException($"No checkpoint of {checkpoint.Size} events is kept there: the bundle is newer than that copy, or from another view of the log.");
        if (!same.Open(key).Root.AsSpan().SequenceEqual(checkpoint.Root))
            throw new EvidenceRefusedException($"The log has signed two trees of {checkpoint.Size} events: that of the bundle, and that of {same.Place}.");
    }

    private static EvidenceSubject Subject(EvidenceArchive archive)
    {
        var subject = JsonSerializer.Deserialize<EvidenceSubject>(archive.Text(EvidenceBundle.SubjectFile), EvidenceBundle.Json) ?? throw new FormatException($"{EvidenceBundle.SubjectFile} is null.");
        if (subject.Format != EvidenceBundle.Format)
            throw new EvidenceRefusedException($"The bundle's format is '{subject.Format}', and this reads {EvidenceBundle.Format}.");
        EvidenceRoot.Check(subject.Subject);
        return subject;
    }

    private static List<EvidenceEvent> Events(EvidenceArchive archive, string file, Checkpoint checkpoint)
    {
        var events = new List<EvidenceEvent>();
        foreach (var read in EvidenceArchive.EventsOf(archive.Lines(file)))
        {
            if (events.Count > 0 && read.Position <= events[^1].Position)
                throw new EvidenceRefusedException($"Event {read.Position} stands behind event {events[^1].Position}.");
            if (Encoding.UTF8.GetByteCount(read.Meta) + Encoding.UTF8.GetByteCount(read.Data) > EvidenceEvent.MostBytes)
                throw new EvidenceRefusedException($"Event {read.Position} is larger than an event can be.");
            if (!read.IsIn(checkpoint))
                throw new EvidenceRefusedException($"Event {read.Position} is not the one that the checkpoint of {checkpoint.Size} events was signed for.");
            events.Add(read);
        }
        return events;
    }

    private static List<EvidenceNode> Walk(IReadOnlyList<EvidenceReference> asked, List<EvidenceEvent> events)
    {
        var makers = new EvidenceMakers(events);
        var nodes = new OrderedDictionary<EvidenceReference, SortedDictionary<long, EvidenceEvent>>();
        var reached = new HashSet<long>();
        // A list of makers is one object wherever it is read alike.
        var known = asked.Select(root => (Reference: root, By: makers.OfRoot(root))).ToHashSet();
        var open = new Queue<(EvidenceReference Reference, IReadOnlyList<EvidenceEvent> By)>(known);
        while (open.TryDequeue(out var node))
        {
            nodes.TryAdd(node.Reference, []);
            foreach (var by in node.By)
                nodes[node.Reference][by.Position] = by;
            foreach (var by in node.By.Where(e => reached.Add(e.Position)))
                foreach (var read in EvidenceMakers.ReadBy(by).Select(input => (input, makers.Of(input, by))).Where(known.Add))
                    open.Enqueue(read);
        }
        return events.Find(e => !reached.Contains(e.Position)) is { } foreign
            ? throw new EvidenceRefusedException($"Event {foreign.Position} does not belong to the lineage.")
            : [.. nodes.Select(node => new EvidenceNode(node.Key, [.. node.Value.Values]))];
    }
}
