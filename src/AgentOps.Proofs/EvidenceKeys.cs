using System.Text;

namespace AgentOps.Proofs;

/// <summary>From the log's first key over its rotations to the one that signed a bundle's checkpoint.</summary>
internal static class EvidenceKeys
{
    /// <exception cref="EvidenceRefusedException">A rotation is forged or left out.</exception>
    /// <exception cref="FormatException">The checkpoint is not signed by the last key.</exception>
    public static (KeyChain Keys, Checkpoint Checkpoint) Open(EvidenceArchive archive, NoteKey first)
    {
        var keys = new KeyChain(first);
        foreach (var rotation in Rotations(archive))
            Follow(keys, rotation);
        var checkpoint = Checkpoint.Open(archive.Text(EvidenceBundle.CheckpointFile), keys.Current);
        return Rotations(archive).FirstOrDefault(rotation => !rotation.IsIn(checkpoint)) is { } foreign
            ? throw new EvidenceRefusedException($"The rotation at event {foreign.Position} is not the one that the checkpoint of {checkpoint.Size} events was signed for.")
            : (keys, checkpoint);
    }

    /// <summary>One after the other: nobody has vouched yet for what is read here.</summary>
    private static IEnumerable<EvidenceEvent> Rotations(EvidenceArchive archive) =>
        archive.Has(EvidenceBundle.RotationsFile) ? EvidenceArchive.EventsOf(archive.Lines(EvidenceBundle.RotationsFile)) : [];

    private static void Follow(KeyChain keys, EvidenceEvent rotation)
    {
        if (rotation.Stream != keys.Stream || rotation.Type != KeyRotation.EventType || rotation.Version != keys.Keys.Count)
            throw new EvidenceRefusedException($"Event {rotation.Position} is not rotation {keys.Keys.Count} of the log's key: one is left out, or it does not belong there.");
        try
        {
            keys.Follow(Encoding.UTF8.GetBytes(rotation.Data));
        }
        catch (FormatException forged)
        {
            throw new EvidenceRefusedException($"The log's key cannot have been rotated by event {rotation.Position}: {forged.Message}.", forged);
        }
    }
}
