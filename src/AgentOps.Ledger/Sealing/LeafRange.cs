using System.Numerics;

namespace AgentOps.Ledger;

/// <summary>A perfect subtree of 2^Height leaves, the Index-th of that height in the tree, from 0.</summary>
internal readonly record struct Subtree(int Height, long Index);

/// <summary>The leaves Start to End - 1, from 0. A proof is made of the hashes of such ranges.</summary>
internal readonly record struct LeafRange(long Start, long End)
{
    /// <summary>PATH(m, D[n]) of RFC 6962 section 2.1.1.</summary>
    /// <param name="index">m, from 0 and below the size.</param>
    public static IReadOnlyList<LeafRange> OfInclusion(long index, long size)
    {
        var rest = new LeafRange(0, size);
        var path = new List<LeafRange>();
        while (rest.End - rest.Start > 1)
            rest = rest.Descend(index, path);
        path.Reverse();
        return path;
    }

    /// <summary>PROOF(m, D[n]) of RFC 6962 section 2.1.2, for 0 &lt; m &lt;= n.</summary>
    public static IReadOnlyList<LeafRange> OfConsistency(long oldSize, long newSize)
    {
        var rest = new LeafRange(0, newSize);
        var path = new List<LeafRange>();
        while (rest.End != oldSize)
            rest = rest.Descend(oldSize - 1, path);
        // The RFC's b: what begins at 0 is the whole old tree, whose root the verifier has.
        if (rest.Start > 0)
            path.Add(rest);
        path.Reverse();
        return path;
    }

    /// <summary>Perfect subtrees of falling size, from the left: where the RFC splits a range that is one of its subtrees.</summary>
    public IEnumerable<Subtree> Subtrees()
    {
        for (var at = Start; at < End;)
        {
            var height = BitOperations.Log2((ulong)(End - at));
            yield return new(height, at >> height);
            at += 1L << height;
        }
    }

    /// <summary>Splits at k, the largest power of two below the length: the half that holds the leaf is returned, the other is added to the path.</summary>
    private LeafRange Descend(long leaf, List<LeafRange> path)
    {
        var k = Start + (1L << BitOperations.Log2((ulong)(End - Start - 1)));
        var (left, right) = (new LeafRange(Start, k), new LeafRange(k, End));
        path.Add(leaf < k ? right : left);
        return leaf < k ? left : right;
    }
}
