using System.Numerics;

namespace AgentOps.Proofs;

/// <summary>
/// That a tree continues an older one, all old leaves in their places: RFC 9162 section 2.1.4.2, whose names fn, sn, fr and sr stand here,
/// over proofs of RFC 6962 section 2.1.2. Sizes are believed together with their roots, as in <see cref="InclusionProof"/>.
/// </summary>
public static class ConsistencyProof
{
    /// <summary>
    /// Whether the proof shows it. The RFC defines proofs for 0 &lt; old &lt; new; beyond that, as is common, the proof is empty
    /// between equal sizes (the roots must be equal) and from size 0 (the old root must be <see cref="Rfc6962.EmptyRoot"/>; every tree continues
    /// the empty one, so nothing is shown of the new root). A size below 0, an old size above the new one, and hashes and roots that have not 32 bytes are refused.
    /// </summary>
    /// <param name="oldSize">Leaves of the older tree.</param>
    /// <param name="newSize">Leaves of the newer tree.</param>
    /// <param name="path">Hashes of 32 bytes, those deep in the tree first.</param>
    public static bool Verify(long oldSize, ReadOnlySpan<byte> oldRoot, long newSize, ReadOnlySpan<byte> newRoot, IReadOnlyList<byte[]> path)
    {
        if (oldSize < 0 || oldSize > newSize || oldRoot.Length != Rfc6962.HashBytes || newRoot.Length != Rfc6962.HashBytes)
            return false;
        if (oldSize == 0 && (path.Count > 0 || !oldRoot.SequenceEqual(Rfc6962.EmptyRoot)))
            return false;
        if (oldSize == newSize)
            return path.Count == 0 && oldRoot.SequenceEqual(newRoot);
        if (oldSize == 0)
            return true;
        return path.Count > 0 && ClimbsToBoth(oldSize, oldRoot, newSize, newRoot, BitOperations.IsPow2(oldSize) ? [oldRoot.ToArray(), .. path] : path);
    }

    /// <summary>The algorithm's steps 3 to 7: both roots are made of one row of hashes.</summary>
    private static bool ClimbsToBoth(long oldSize, ReadOnlySpan<byte> oldRoot, long newSize, ReadOnlySpan<byte> newRoot, IReadOnlyList<byte[]> path)
    {
        var (fn, sn) = (oldSize - 1, newSize - 1);
        while (Climb.IsOdd(fn))
            (fn, sn) = (fn >> 1, sn >> 1);
        if (path[0] is not { Length: Rfc6962.HashBytes })
            return false;
        var (fr, sr) = (path[0], path[0]);
        foreach (var c in path.Skip(1))
        {
            if (sn == 0 || c is not { Length: Rfc6962.HashBytes })
                return false;
            if (Climb.JoinsFromTheLeft(ref fn, ref sn))
                (fr, sr) = (Rfc6962.Node(c, fr), Rfc6962.Node(c, sr));
            else
                sr = Rfc6962.Node(sr, c);
        }
        return sn == 0 && oldRoot.SequenceEqual(fr) && newRoot.SequenceEqual(sr);
    }
}
