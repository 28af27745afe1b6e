using AgentOps.Proofs;
using Npgsql;

namespace AgentOps.Ledger;

/// <summary>One pass over the database's ledger: what <see cref="LogVerifier"/> asks of every log, and each event against its stored leaf and the sealed tree.</summary>
internal sealed class VerificationPass(NpgsqlDataSource db, long sealedSize, byte[] sealedRoot, LogVerifier log)
{
    private byte[] _sealedLeaves = [];

    public long Events => log.Tree.Size;

    public VerificationReport Report(VerificationFault? fault) => new(Events, sealedSize, log.Checkpoints, log.Keys?.Keys ?? [], log.Witnessed, log.Tree.Root(), fault);

    /// <summary>Takes the next event, or says what does not fit.</summary>
    public async Task<VerificationFault?> FaultOfAsync(StoredBytes stored, CancellationToken ct)
    {
        if (log.FaultOfPlace(stored.Event.Position, stored.Stream, stored.Event.Version) is { } misplaced)
            return misplaced;
        var position = stored.Event.Position;
        var leaf = stored.Event.Leaf();
        if (!leaf.AsSpan().SequenceEqual(stored.Leaf))
            return new(position, "its bytes are not those that its leaf was made of");
        if (await SealedLeafAsync(position, ct) is { } sealedLeaf && !leaf.AsSpan().SequenceEqual(sealedLeaf))
            return new(position, "its leaf is not the one that was sealed");
        if (log.FaultOfKey(stored.Stream, stored.Event.Type, stored.Event.Data) is { } forged)
            return forged;
        return await TreeFaultAsync(log.Add(leaf), ct) ?? log.FaultOfCheckpoints();
    }

    /// <summary>What was signed is there.</summary>
    public VerificationFault? FaultOfTheEnd() => log.FaultOfTheEnd();

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
        if (log.Tree.Size > sealedSize)
            return null;
        var tiles = log.Tree.Size == sealedSize ? filled.Concat(log.Tree.Edge()) : filled;
        foreach (var tile in tiles)
        {
            var stored = await StoredTiles.TileAsync(db, tile.Level, tile.Index, sealedSize, ct);
            if (!stored.AsSpan().SequenceEqual(tile.Hashes))
                return new(FirstUnder(tile, stored), $"the sealed tree differs from it: tile {tile.Index} of level {tile.Level}");
        }
        return log.Tree.Size == sealedSize && !log.Tree.Root().AsSpan().SequenceEqual(sealedRoot)
            ? new(log.Tree.Size, "the sealed root is not that of the events up to here")
            : null;
    }

    /// <summary>The first position under the first hash of a tile that differs.</summary>
    private static long FirstUnder(Tile tile, byte[] stored)
    {
        var hash = tile.Hashes.AsSpan().CommonPrefixLength(stored) / MerkleTree.HashBytes;
        return (((tile.Index * MerkleTree.TileWidth) + hash) << (8 * tile.Level)) + 1;
    }
}
