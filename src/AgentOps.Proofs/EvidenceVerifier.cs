using System.Security.Cryptography;
using System.Text.Json;

namespace AgentOps.Proofs;

/// <summary>A node of the proved lineage: the events that made it, and what they read. An origin has neither.</summary>
public sealed record EvidenceNode(EvidenceReference Reference, IReadOnlyList<EvidenceEvent> Events, IReadOnlyList<EvidenceReference> Inputs);

/// <summary>What a bundle proves.</summary>
/// <param name="Events">Whose leaves are under the checkpoint.</param>
/// <param name="Files">Of the model, whose digest is the one that the ledger names.</param>
/// <param name="Lineage">From the subject back, each node once.</param>
public sealed record Evidence(EvidenceSubject Subject, NoteKey Key, Checkpoint Checkpoint, int Events, int Files, IReadOnlyList<EvidenceNode> Lineage);

/// <summary>Checks a bundle with nothing but the bundle and a public key: the checkpoint's signature, every event's inclusion, the model's digest, and that no step of the lineage is left out.</summary>
public static class EvidenceVerifier
{
    // What the pipeline makes has an event that made it; all else, such as an environment or a person, comes from outside.
    private static readonly HashSet<string> Made = ["model-version", "model", "training", "dataset", "trajectory", "generation", "judgement", "evaluation", "run"];

    /// <param name="bundle">A seekable stream.</param>
    /// <param name="trusted">The key that must have signed; null: the bundle's own, which proves nothing about who made it.</param>
    /// <exception cref="EvidenceRefusedException">Something does not fit.</exception>
    public static Evidence Verify(Stream bundle, NoteKey? trusted = null)
    {
        try
        {
            using var archive = new EvidenceArchive(bundle);
            var subject = Subject(archive);
            var key = NoteKey.Parse(archive.Text(EvidenceBundle.KeyFile));
            if (trusted is not null && trusted.ToString() != key.ToString())
                throw new EvidenceRefusedException($"The bundle is signed by {key.Name}, not by the key that you trust, {trusted.Name}.");
            var checkpoint = Checkpoint.Open(archive.Text(EvidenceBundle.CheckpointFile), key);
            var events = Events(archive, checkpoint);
            var lineage = Walk(subject.Subject, events);
            return new(subject, key, checkpoint, events.Count, CheckModel(archive, subject, lineage), lineage);
        }
        catch (Exception malformed) when (malformed is FormatException or JsonException or InvalidDataException or IOException or CryptographicException)
        {
            throw new EvidenceRefusedException($"The bundle is malformed: {malformed.Message}", malformed);
        }
    }

    private static EvidenceSubject Subject(EvidenceArchive archive)
    {
        var subject = JsonSerializer.Deserialize<EvidenceSubject>(archive.Text(EvidenceBundle.SubjectFile), EvidenceBundle.Json) ?? throw new FormatException($"{EvidenceBundle.SubjectFile} is null.");
        return subject.Format == EvidenceBundle.Format
            ? subject
            : throw new EvidenceRefusedException($"The bundle's format is '{subject.Format}', and this reads {EvidenceBundle.Format}.");
    }

    private static List<EvidenceEvent> Events(EvidenceArchive archive, Checkpoint checkpoint)
    {
        var events = new List<EvidenceEvent>();
        foreach (var line in archive.Lines(EvidenceBundle.EventsFile))
        {
            var read = JsonSerializer.Deserialize<EvidenceEvent>(line, EvidenceBundle.Json) ?? throw new FormatException("An event is null.");
            if (events.Count > 0 && read.Position <= events[^1].Position)
                throw new EvidenceRefusedException($"Event {read.Position} stands behind event {events[^1].Position}.");
            if (!read.IsIn(checkpoint))
                throw new EvidenceRefusedException($"Event {read.Position} is not the one that the checkpoint of {checkpoint.Size} events was signed for.");
            events.Add(read);
        }
        return events;
    }

    private static List<EvidenceNode> Walk(EvidenceReference subject, List<EvidenceEvent> events)
    {
        var made = events.SelectMany(e => e.References("outputs").Distinct().Select(output => (output, e))).ToLookup(pair => pair.output, pair => pair.e);
        var nodes = new List<EvidenceNode>();
        var known = new HashSet<EvidenceReference> { subject };
        var open = new Queue<EvidenceReference>(known);
        while (open.TryDequeue(out var reference))
        {
            EvidenceEvent[] by = [.. made[reference]];
            if (by.Length == 0 && Made.Contains(reference.Kind))
                throw new EvidenceRefusedException($"The bundle has no event that made {reference.Kind} {reference.Id}: its lineage is not whole.");
            EvidenceReference[] inputs = [.. by.SelectMany(e => e.References("inputs")).Where(input => input != reference).Distinct()];
            nodes.Add(new(reference, by, inputs));
            foreach (var input in inputs.Where(known.Add))
                open.Enqueue(input);
        }
        return nodes;
    }

    /// <summary>The digest over the files' digests in the order of their names (OpenSSF Model Signing v1.0, by files) is the one that was registered.</summary>
    private static int CheckModel(EvidenceArchive archive, EvidenceSubject subject, List<EvidenceNode> lineage)
    {
        if (!lineage[0].Inputs.Contains(new("model", subject.Model)))
            throw new EvidenceRefusedException($"{subject.Subject.Id} was not registered with the model {subject.Model}.");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var files = 0;
        foreach (var (_, content) in archive.ModelFiles())
        {
            hash.AppendData(content);
            files++;
        }
        var found = $"sha256:{Convert.ToHexStringLower(hash.GetHashAndReset())}";
        return found == subject.Model ? files : throw new EvidenceRefusedException($"The model's files have the digest {found}, not {subject.Model}.");
    }
}
