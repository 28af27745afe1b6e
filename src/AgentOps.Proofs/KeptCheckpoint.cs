namespace AgentOps.Proofs;

/// <summary>A checkpoint's note that nobody has looked at yet.</summary>
/// <param name="Place">Where it was found, for whoever reads what is wrong with it: a file, or a line.</param>
/// <param name="Size">What it is said to be of.</param>
public sealed record KeptCheckpoint(string Place, long Size, string Note)
{
    /// <exception cref="FormatException">It is not signed by this key, or is not of the size that it is said to be of; the message names the place.</exception>
    public Checkpoint Open(NoteKey key)
    {
        try
        {
            var checkpoint = Checkpoint.Open(Note, key);
            return checkpoint.Size == Size ? checkpoint : throw new FormatException($"It is of {checkpoint.Size} events, which is not what its name says.");
        }
        catch (FormatException cause)
        {
            throw new FormatException($"{Place} is not a checkpoint of this log: {cause.Message}", cause);
        }
    }

    /// <summary>When the witness has cosigned it; null where it has not.</summary>
    /// <exception cref="FormatException">A cosignature of it does not fit; the message names the place.</exception>
    public DateTimeOffset? CosignedBy(CosignatureKey witness)
    {
        try
        {
            return witness.TimeOf(SignedNote.Parse(Note));
        }
        catch (FormatException forged)
        {
            throw new FormatException($"{Place} was changed: {forged.Message}", forged);
        }
    }
}
