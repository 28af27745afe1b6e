using System.Runtime.CompilerServices;
using Npgsql;

namespace AgentOps.Ledger;

/// <summary>
/// Proofs of RFC 6962 from the sealed tree, for any size that it has had; AgentOps.Proofs verifies them. At most two tiles of a level are read,
/// and a level has 256 times fewer than the one below it.
/// </summary>
public static class LedgerProofs
{
    /// <summary>The proof that the tree over the first events holds an event: section 2.1.1, its leaf's neighbour first. The leaf's index is position - 1.</summary>
    /// <param name="db">Any service's connections: reading is enough.</param>
    /// <param name="position">Of the event, from 1.</param>
    /// <param name="size">Events that the tree covers.</param>
    /// <exception cref="ArgumentOutOfRangeException">So many events are not sealed, or the position is not among them.</exception>
    public static async Task<IReadOnlyList<byte[]>> InclusionAsync(NpgsqlDataSource db, long position, long size, CancellationToken ct = default)
    {
        if (position < 1 || position > size)
            throw new ArgumentOutOfRangeException(nameof(position), position, $"Position {position} is not among the {size} events of the tree.");
        await RequireSealedAsync(db, size, nameof(size), ct);
        return await HashesAsync(db, LeafRange.OfInclusion(position - 1, size), size, ct);
    }

    /// <summary>The same for many events, in their order; each tile is read once.</summary>
    /// <exception cref="ArgumentOutOfRangeException">So many events are not sealed, or a position is not among them.</exception>
    public static async IAsyncEnumerable<(long Position, IReadOnlyList<byte[]> Path)> InclusionsAsync(
        NpgsqlDataSource db, IEnumerable<long> positions, long size, [EnumeratorCancellation] CancellationToken ct = default)
    {
        await RequireSealedAsync(db, size, nameof(size), ct);
        var hashes = new SubtreeHashes((level, index) => StoredTiles.TileAsync(db, level, index, size, ct));
        foreach (var position in positions)
            yield return position >= 1 && position <= size
                ? (position, await hashes.OfAsync(LeafRange.OfInclusion(position - 1, size)))
                : throw new ArgumentOutOfRangeException(nameof(positions), position, $"Position {position} is not among the {size} events of the tree.");
    }

    /// <summary>The proof that the tree over more events continues that over fewer: section 2.1.2. Empty between equal sizes and from size 0.</summary>
    /// <param name="db">Any service's connections: reading is enough.</param>
    /// <param name="oldSize">Events that the older tree covers, from 0.</param>
    /// <param name="newSize">Events that the newer tree covers.</param>
    /// <exception cref="ArgumentOutOfRangeException">So many events are not sealed, or the older tree is the larger one.</exception>
    public static async Task<IReadOnlyList<byte[]>> ConsistencyAsync(NpgsqlDataSource db, long oldSize, long newSize, CancellationToken ct = default)
    {
        if (oldSize < 0 || oldSize > newSize)
            throw new ArgumentOutOfRangeException(nameof(oldSize), oldSize, $"A tree of {newSize} events does not continue one of {oldSize}.");
        await RequireSealedAsync(db, newSize, nameof(newSize), ct);
        return oldSize == 0 ? [] : await HashesAsync(db, LeafRange.OfConsistency(oldSize, newSize), newSize, ct);
    }

    private static async Task RequireSealedAsync(NpgsqlDataSource db, long size, string name, CancellationToken ct)
    {
        var (sealedSize, _) = await StoredTiles.TreeAsync(db, ct);
        if (size > sealedSize)
            throw new ArgumentOutOfRangeException(name, size, $"The tree is sealed up to event {sealedSize}: there is no proof for one of {size} events yet.");
    }

    /// <summary>What is sealed stays, so the tiles need not be read at one moment.</summary>
    private static Task<IReadOnlyList<byte[]>> HashesAsync(NpgsqlDataSource db, IEnumerable<LeafRange> ranges, long size, CancellationToken ct) =>
        new SubtreeHashes((level, index) => StoredTiles.TileAsync(db, level, index, size, ct)).OfAsync(ranges);
}
