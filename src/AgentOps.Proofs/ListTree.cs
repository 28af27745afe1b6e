using System.Numerics;

namespace AgentOps.Proofs;

/// <summary>The Merkle tree over a list that is at hand as a whole: its root, and the path that proves one item. RFC 6962 sections 2.1 and 2.1.1.</summary>
public static class ListTree
{
    /// <param name="leaves">Leaf hashes of 32 bytes, <see cref="Rfc6962.Leaf"/> of the items.</param>
    public static byte[] Root(ReadOnlySpan<byte[]> leaves)
    {
        var tree = new MerkleTree();
        foreach (var leaf in leaves)
            tree.Add(leaf);
        return tree.Root();
    }

    /// <summary>The path of the item at an index, its neighbour first, as <see cref="InclusionProof"/> takes it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such item.</exception>
    public static IReadOnlyList<byte[]> Path(ReadOnlySpan<byte[]> leaves, int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, leaves.Length);
        if (leaves.Length == 1)
            return [];
        var left = LeftOf(leaves.Length);
        return index < left
            ? [.. Path(leaves[..left], index), Root(leaves[left..])]
            : [.. Path(leaves[left..], index - left), Root(leaves[..left])];
    }

    /// <summary>The largest power of two below the number of leaves.</summary>
    private static int LeftOf(int leaves) => 1 << BitOperations.Log2((uint)leaves - 1);
}
