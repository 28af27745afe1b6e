namespace AgentOps.Proofs;

/// <summary>
/// That a tree holds a leaf at an index: RFC 9162 section 2.1.3.2, whose names fn, sn and r stand here, over proofs of RFC 6962 section 2.1.1.
/// A tree's size is believed together with its root: for a wrong size some proofs lead to the true root all the same.
/// </summary>
public static class InclusionProof
{
    /// <summary>The root that a proof leads to. Null when the index is not in the tree, the proof has another length than the tree's shape asks for, or a hash has not 32 bytes.</summary>
    /// <param name="index">Of the leaf, from 0.</param>
    /// <param name="size">Leaves of the tree.</param>
    /// <param name="leaf">The leaf's hash, 32 bytes.</param>
    /// <param name="path">Hashes of 32 bytes, the leaf's neighbour first.</param>
    public static byte[]? RootOf(long index, long size, ReadOnlySpan<byte> leaf, IReadOnlyList<byte[]> path)
    {
        if (index < 0 || index >= size || leaf.Length != Rfc6962.HashBytes)
            return null;
        var (fn, sn) = (index, size - 1);
        var r = leaf.ToArray();
        foreach (var p in path)
        {
            if (sn == 0 || p is not { Length: Rfc6962.HashBytes })
                return null;
            if (Climb.JoinsFromTheLeft(ref fn, ref sn))
                r = Rfc6962.Node(p, r);
            else
                r = Rfc6962.Node(r, p);
        }
        return sn == 0 ? r : null;
    }

    /// <summary>Whether the proof leads to this root. The parameters are those of <see cref="RootOf"/>.</summary>
    /// <param name="root">Of the tree of that size, 32 bytes.</param>
    public static bool Verify(long index, long size, ReadOnlySpan<byte> leaf, IReadOnlyList<byte[]> path, ReadOnlySpan<byte> root) =>
        RootOf(index, size, leaf, path) is { } reached && root.SequenceEqual(reached);
}
