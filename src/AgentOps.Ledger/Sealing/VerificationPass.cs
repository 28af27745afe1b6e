using AgentOps.Proofs;
using Npgsql;

namespace AgentOps.Ledger;

/// <summary>One pass over the ledger: each event against its position, its stream, its leaf, the sealed tree and the signed checkpoints.</summary>
internal sealed class VerificationPass(NpgsqlDataSource db, long sealedSize, byte[] sealedRoot, IReadOnlyList<Checkpoint> checkpoints)
{
    private readonly MerkleTree _tree = new();
    private readonly Dictionary<string, int> _versions = [];
    private readonly Queue<Checkpoint> _checkpoints = new(checkpoints.Where(checkpoint => checkpoint.Size > 0).OrderBy(checkpoint => checkpoint.Size));
    private byte[] _sealedLeaves = [];
    private long _signed;
    private int _fitting;

    public long Events => _tree.Size;

    public VerificationReport Report(VerificationFault? fault) => new(Events, sealedSize, _fitting, _tree.Root(), fault);

    /// <summary>Takes the next event, or says what does not fit.</summary>
    public async Task<VerificationFault?> FaultOfAsync(StoredBytes stored, CancellationToken ct)
    {
        var position = _tree.Size + 1;
        if (stored.Event.Position != position)
            return new(position, $"it is missing: position {stored.Event.Position} follows {position - 1}");
        var version = _versions.GetValueOrDefault(stored.Stream) + 1;
        if (stored.Event.Version != version)
            return new(position, $"version {stored.Event.Version} of stream '{stored.Stream}' stands where version {version} belongs");
        var leaf = stored.Event.Leaf();
        if (!leaf.AsSpan().SequenceEqual(stored.Leaf))
            return new(position, "its bytes are not those that its leaf was made of");
        if (await SealedLeafAsync(position, ct) is { } sealedLeaf && !leaf.AsSpan().SequenceEqual(sealedLeaf))
            return new(position, "its leaf is not the one that was sealed");

        _versions[stored.Stream] = version;
        return await TreeFaultAsync(_tree.Add(leaf), ct) ?? CheckpointFault();
    }

    /// <summary>What was signed is there.</summary>
    public VerificationFault? FaultOfTheEnd() => _checkpoints.TryPeek(out var checkpoint)
        ? new(Events + 1, $"it is missing, and with it all up to {checkpoint.Size}, for which a checkpoint was signed")
        : null;

    private VerificationFault? CheckpointFault()
    {
        for (; _checkpoints.TryPeek(out var checkpoint) && checkpoint.Size == _tree.Size; _checkpoints.Dequeue())
        {
            if (!_tree.Root().AsSpan().SequenceEqual(checkpoint.Root))
                return new(_signed + 1, $"from here to {checkpoint.Size} the events are not those for which a checkpoint was signed");
            _signed = checkpoint.Size;
            _fitting++;
        }
        return null;
    }

    private async Task<byte[]?> SealedLeafAsync(long position, CancellationToken ct)
    {
        if (position > sealedSize)
            return null;
        var at = (int)((position - 1) % MerkleTree.TileWidth);
        if (at == 0)
            _sealedLeaves = await StoredTiles.TileAsync(db, 0, (position - 1) / MerkleTree.TileWidth, sealedSize, ct);
        return [.. _sealedLeaves.Skip(at * MerkleTree.HashBytes).Take(MerkleTree.HashBytes)];
    }

    /// <summary>Compares the tiles just filled, and at the sealed size the unfilled ones and the root.</summary>
    private async Task<VerificationFault?> TreeFaultAsync(IEnumerable<Tile> filled, CancellationToken ct)
    {
        if (_tree.Size > sealedSize)
            return null;
        var tiles = _tree.Size == sealedSize ? filled.Concat(_tree.Edge()) : filled;
        foreach (var tile in tiles)
        {
            var stored = await StoredTiles.TileAsync(db, tile.Level, tile.Index, sealedSize, ct);
            if (!stored.AsSpan().SequenceEqual(tile.Hashes))
                return new(FirstUnder(tile, stored), $"the sealed tree differs from it: tile {tile.Index} of level {tile.Level}");
        }
        return _tree.Size == sealedSize && !_tree.Root().AsSpan().SequenceEqual(sealedRoot)
            ? new(_tree.Size, "the sealed root is not that of the events up to here")
            : null;
    }

    /// <summary>The first position under the first hash of a tile that differs.</summary>
    private static long FirstUnder(Tile tile, byte[] stored)
    {
        var hash = tile.Hashes.AsSpan().CommonPrefixLength(stored) / MerkleTree.HashBytes;
        return (((tile.Index * MerkleTree.TileWidth) + hash) << (8 * tile.Level)) + 1;
    }
}
