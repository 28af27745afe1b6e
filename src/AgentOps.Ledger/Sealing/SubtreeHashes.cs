using System.Numerics;
using AgentOps.Proofs;

namespace AgentOps.Ledger;

/// <summary>The hashes of ranges of leaves, made of tiles that are each read once: of every level the one over a leaf, and the last.</summary>
/// <param name="tile">Reads the hashes of a tile by its level and index, at least as many as the tree of the proof has; empty where it is missing.</param>
internal sealed class SubtreeHashes(Func<int, long, Task<byte[]>> tile)
{
    private static readonly int TileHeight = BitOperations.Log2(MerkleTree.TileWidth);
    private readonly Dictionary<(int Level, long Index), byte[]> _tiles = [];

    public async Task<IReadOnlyList<byte[]>> OfAsync(IEnumerable<LeafRange> ranges)
    {
        var hashes = new List<byte[]>();
        foreach (var range in ranges)
            hashes.Add(await OfAsync(range));
        return hashes;
    }

    private async Task<byte[]> OfAsync(LeafRange range)
    {
        byte[]? joined = null;
        foreach (var subtree in range.Subtrees().Reverse())
        {
            var hash = await OfAsync(subtree);
            joined = joined is null ? hash : Rfc6962.Node(hash, joined);
        }
        return joined!;
    }

    /// <summary>Level n of the tiles holds the subtrees of height 8n; those between are folded from up to 128 of one tile.</summary>
    private async Task<byte[]> OfAsync(Subtree subtree)
    {
        var (level, above) = Math.DivRem(subtree.Height, TileHeight);
        var first = subtree.Index << above;
        var (index, at) = Math.DivRem(first, MerkleTree.TileWidth);
        var hashes = (await TileAsync(level, index)).Chunk(MerkleTree.HashBytes).Skip((int)at).Take(1 << above).ToList();
        return hashes.Count == 1 << above && hashes[^1].Length == MerkleTree.HashBytes
            ? MerkleTree.Fold(hashes)
            : throw new InvalidOperationException($"Tile {index} of level {level} of the sealed tree is missing or too short: verify the ledger.");
    }

    private async Task<byte[]> TileAsync(int level, long index)
    {
        if (!_tiles.TryGetValue((level, index), out var hashes))
            _tiles[(level, index)] = hashes = await tile(level, index);
        return hashes;
    }
}
