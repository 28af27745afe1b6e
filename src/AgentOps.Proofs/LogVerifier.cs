using System.Text;

namespace AgentOps.Proofs;

/// <summary>The first position that does not fit, and why.</summary>
public sealed record VerificationFault(long Position, string Reason);

/// <summary>A checkpoint that a witness has cosigned.</summary>
public sealed record Cosigned(long Size, DateTimeOffset At);

/// <summary>
/// One pass over a whole log from its first event: each event against its position and its stream, the keys against each other, and the tree
/// against every checkpoint. Only what a checkpoint covers is known to be what was signed.
/// </summary>
/// <param name="first">The log's first key; null where nothing was ever signed.</param>
/// <param name="kept">Checkpoints kept elsewhere than the events.</param>
/// <param name="witness">Whose cosignatures are looked for; null for nobody's.</param>
public sealed class LogVerifier(NoteKey? first, IReadOnlyCollection<KeptCheckpoint> kept, CosignatureKey? witness = null)
{
    private static readonly byte[] Rotated = Encoding.UTF8.GetBytes(KeyRotation.EventType);
    private readonly Queue<KeptCheckpoint> _kept = new(kept.Where(checkpoint => checkpoint.Size > 0).OrderBy(checkpoint => checkpoint.Size));
    private readonly Dictionary<string, int> _versions = [];
    private readonly bool _hasKept = kept.Count > 0;
    private byte[]? _root;
    private long _vouchedFor;

    /// <summary>Over the events that fit so far.</summary>
    public MerkleTree Tree { get; } = new();

    /// <summary>Followed from the first key up to the last event.</summary>
    public KeyChain? Keys { get; } = first is null ? null : new(first);

    /// <summary>Checkpoints that fit.</summary>
    public int Checkpoints { get; private set; }

    /// <summary>Events under the last checkpoint that fits.</summary>
    public long Covered { get; private set; }

    /// <summary>The last checkpoint that fits and that the witness has cosigned, and when; null where there is none.</summary>
    public Cosigned? Witnessed { get; private set; }

    /// <summary>Whether the next event stands where it belongs. The stream's version counts as taken after that.</summary>
    public VerificationFault? FaultOfPlace(long position, ReadOnlySpan<char> stream, int version)
    {
        var next = Tree.Size + 1;
        if (position != next)
            return new(next, $"it is missing: position {position} follows {next - 1}");
        var versions = _versions.GetAlternateLookup<ReadOnlySpan<char>>();
        versions.TryGetValue(stream, out var before);
        if (version != before + 1)
            return new(next, $"version {version} of stream '{stream}' stands where version {before + 1} belongs");
        versions[stream] = version;
        return null;
    }

    /// <summary>Follows the next event where it rotates the log's key.</summary>
    public VerificationFault? FaultOfKey(ReadOnlySpan<char> stream, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        if (Keys is null || !type.SequenceEqual(Rotated) || !stream.SequenceEqual(Keys.Stream))
            return null;
        try
        {
            Keys.Follow(data);
            return null;
        }
        catch (FormatException forged)
        {
            return new(Tree.Size + 1, $"the log's key cannot have been rotated by it: {forged.Message}");
        }
    }

    /// <summary>Takes the next event's leaf.</summary>
    /// <returns>The tiles that it filled.</returns>
    public IReadOnlyList<Tile> Add(byte[] leaf)
    {
        _root = null;
        return Tree.Add(leaf);
    }

    /// <summary>Compares the tree with what is kept of its present size.</summary>
    public VerificationFault? FaultOfCheckpoints()
    {
        while (_kept.TryPeek(out var checkpoint) && checkpoint.Size == Tree.Size)
        {
            if (FaultOf(_kept.Dequeue()) is { } fault)
                return fault;
            _vouchedFor = Tree.Size;
        }
        return null;
    }

    /// <summary>Compares the tree with a checkpoint of its present size.</summary>
    public VerificationFault? FaultOf(KeptCheckpoint checkpoint)
    {
        // Whoever has changed the events may have signed again what lies beside them.
        var from = Math.Clamp((_hasKept ? _vouchedFor : Covered) + 1, 1, Math.Max(1, Tree.Size));
        if (Keys is null)
            return new(from, $"{checkpoint.Place} cannot be checked: the log's public key is not there");
        try
        {
            if (!(_root ??= Tree.Root()).AsSpan().SequenceEqual(checkpoint.Open(Keys.Current).Root))
                return new(from, $"from here to {checkpoint.Size} the events are not those for which a checkpoint was signed");
            if (witness is not null && checkpoint.CosignedBy(witness) is { } at)
                Witnessed = new(checkpoint.Size, at);
        }
        catch (FormatException forged)
        {
            return new(from, forged.Message);
        }
        Covered = checkpoint.Size;
        Checkpoints++;
        return null;
    }

    /// <summary>What was signed is there.</summary>
    public VerificationFault? FaultOfTheEnd() => _kept.TryPeek(out var checkpoint)
        ? new(Tree.Size + 1, $"it is missing, and with it all up to {checkpoint.Size}, for which a checkpoint was signed ({checkpoint.Place})")
        : null;
}
