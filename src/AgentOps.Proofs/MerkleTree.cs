namespace AgentOps.Proofs;

/// <summary>256 hashes of one level, the last tile of a level fewer. Level 0 holds leaves, level n the roots of the full tiles of level n - 1.</summary>
public sealed record Tile(int Level, long Index, byte[] Hashes);

/// <summary>A growing RFC 6962 tree that keeps only its right edge: the last, unfilled tile of every level.</summary>
public sealed class MerkleTree
{
    public const int TileWidth = 256;
    public const int HashBytes = Rfc6962.HashBytes;

    private readonly List<List<byte[]>> _edge = [];

    /// <summary>The empty tree.</summary>
    public MerkleTree()
    {
    }

    /// <param name="size">Leaves so far.</param>
    /// <param name="edge">The unfilled tiles of a tree of that size.</param>
    public MerkleTree(long size, IEnumerable<Tile> edge)
    {
        Size = size;
        foreach (var tile in edge.OrderBy(tile => tile.Level))
        {
            while (_edge.Count <= tile.Level)
                _edge.Add([]);
            _edge[tile.Level] = [.. tile.Hashes.Chunk(HashBytes)];
        }
    }

    public long Size { get; private set; }

    /// <summary>The tile of each level that is not full, as (level, index); levels whose last tile is full have none.</summary>
    public static IReadOnlyList<(int Level, long Index)> EdgeOf(long size)
    {
        var edge = new List<(int, long)>();
        for (var level = 0; size > 0; level++, size /= TileWidth)
            if (size % TileWidth != 0)
                edge.Add((level, size / TileWidth));
        return edge;
    }

    /// <summary>Adds a leaf and returns the tiles that it filled.</summary>
    public IReadOnlyList<Tile> Add(byte[] leaf)
    {
        List<Tile>? filled = null;
        Size++;
        var hash = leaf;
        var upTo = Size;
        for (var level = 0; ; level++)
        {
            if (_edge.Count == level)
                _edge.Add([]);
            _edge[level].Add(hash);
            if (_edge[level].Count < TileWidth)
                return filled ?? (IReadOnlyList<Tile>)[];
            upTo /= TileWidth;
            (filled ??= []).Add(new(level, upTo - 1, Join(_edge[level])));
            hash = Fold(_edge[level]);
            _edge[level].Clear();
        }
    }

    /// <summary>The unfilled tiles.</summary>
    public IReadOnlyList<Tile> Edge() => [.. EdgeOf(Size).Select(at => new Tile(at.Level, at.Index, Join(_edge[at.Level])))];

    /// <summary>The tree's hash: perfect subtrees of falling size joined from the right.</summary>
    public byte[] Root()
    {
        byte[]? root = null;
        foreach (var hashes in _edge)
        {
            var end = hashes.Count;
            for (var width = 1; end > 0; width *= 2)
            {
                if ((hashes.Count & width) == 0)
                    continue;
                var subtree = Fold(hashes.GetRange(end - width, width));
                root = root is null ? subtree : Rfc6962.Node(subtree, root);
                end -= width;
            }
        }
        return root ?? Rfc6962.EmptyRoot;
    }

    /// <summary>The root of a perfect subtree over a power of two of hashes.</summary>
    public static byte[] Fold(IReadOnlyList<byte[]> hashes)
    {
        var level = hashes;
        while (level.Count > 1)
            level = [.. level.Chunk(2).Select(pair => Rfc6962.Node(pair[0], pair[1]))];
        return level[0];
    }

    private static byte[] Join(IEnumerable<byte[]> hashes) => [.. hashes.SelectMany(hash => hash)];
}
