namespace AgentOps.Proofs;

/// <summary>The keys of a log, one after the other, followed from the first.</summary>
public sealed class KeyChain(NoteKey first)
{
    private readonly List<NoteKey> _keys = [first];

    public NoteKey First => _keys[0];

    /// <summary>The key in force after what was followed so far.</summary>
    public NoteKey Current => _keys[^1];

    public IReadOnlyList<NoteKey> Keys => _keys;

    /// <summary>The stream of this log's rotations.</summary>
    public string Stream { get; } = KeyRotation.StreamOf(first.Name);

    /// <summary>Follows the next rotation.</summary>
    /// <param name="data">Of the event.</param>
    /// <exception cref="FormatException">It is not one from the key in force.</exception>
    public void Follow(ReadOnlySpan<byte> data) => _keys.Add(KeyRotation.Follow(Current, data));
}
