using AgentOps.Tests;

namespace AgentOps.Proofs.Tests;

/// <summary>True proofs that something was done to. The generator is seeded: a forgery that passes does so again.</summary>
public sealed class ForgeryTests
{
    private const int Forgeries = 15_000;
    private const int Bits = 256;
    private static readonly byte[][] Leaves = TreeDefinition.Leaves(100);
    private static readonly byte[][] Roots = [.. Enumerable.Range(0, Leaves.Length + 1).Select(size => TreeDefinition.Root(Leaves.AsSpan(0, size)))];

    [Fact]
    public void No_bit_of_an_inclusion_proof_its_leaf_or_its_root_can_be_turned()
    {
        const int size = 13;
        for (var index = 0; index < size; index++)
        {
            var path = TreeDefinition.Path(index, Leaves.AsSpan(0, size));
            foreach (var hashes in WithOneBitTurned([Leaves[index], Roots[size], .. path]))
                Assert.False(InclusionProof.Verify(index, size, hashes[0], hashes[2..], hashes[1]));
        }
    }

    [Fact]
    public void No_bit_of_a_consistency_proof_or_its_roots_can_be_turned()
    {
        const int size = 13;
        for (var oldSize = 1; oldSize <= size; oldSize++)
        {
            var path = TreeDefinition.Proof(oldSize, Leaves.AsSpan(0, size));
            foreach (var hashes in WithOneBitTurned([Roots[oldSize], Roots[size], .. path]))
                Assert.False(ConsistencyProof.Verify(oldSize, hashes[0], size, hashes[1], hashes[2..]));
        }
    }

    [Fact]
    public void An_inclusion_proof_shows_one_index_only()
    {
        for (var size = 1; size <= 40; size++)
            for (var index = 0; index < size; index++)
            {
                var path = TreeDefinition.Path(index, Leaves.AsSpan(0, size));
                for (var other = -1; other <= size; other++)
                    Assert.Equal(other == index, InclusionProof.Verify(other, size, Leaves[index], path, Roots[size]));
            }
    }

    [Fact]
    public void A_consistency_proof_shows_one_old_size_only()
    {
        for (var size = 2; size <= 40; size++)
            for (var oldSize = 1; oldSize < size; oldSize++)
            {
                var path = TreeDefinition.Proof(oldSize, Leaves.AsSpan(0, size));
                for (var other = 0; other <= size + 1; other++)
                    Assert.Equal(other == oldSize, ConsistencyProof.Verify(other, Roots[oldSize], size, Roots[size], path));
            }
    }

    [Fact]
    public void No_forged_inclusion_proof_passes()
    {
        var forger = new Forger(new Random(6962));
        for (var n = 0; n < Forgeries; n++)
        {
            var size = forger.Random.Next(1, Leaves.Length + 1);
            var index = forger.Random.Next(size);
            var path = TreeDefinition.Path(index, Leaves.AsSpan(0, size));
            Assert.True(InclusionProof.Verify(index, size, Leaves[index], path, Roots[size]));
            var (forged, how) = forger.Forge(path);
            Assert.False(InclusionProof.Verify(index, size, Leaves[index], forged, Roots[size]), $"{n}: leaf {index} of {size}, {how}");
        }
    }

    [Fact]
    public void No_forged_consistency_proof_passes()
    {
        var forger = new Forger(new Random(9162));
        for (var n = 0; n < Forgeries; n++)
        {
            var size = forger.Random.Next(1, Leaves.Length + 1);
            var oldSize = forger.Random.Next(size + 1);
            var path = oldSize == 0 ? [] : TreeDefinition.Proof(oldSize, Leaves.AsSpan(0, size));
            Assert.True(ConsistencyProof.Verify(oldSize, Roots[oldSize], size, Roots[size], path));
            var (forged, how) = forger.Forge(path);
            Assert.False(ConsistencyProof.Verify(oldSize, Roots[oldSize], size, Roots[size], forged), $"{n}: {oldSize} to {size}, {how}");
        }
    }

    [Fact]
    public void A_tree_in_which_an_old_leaf_changed_does_not_continue_the_old_one()
    {
        for (var changed = 0; changed < 20; changed++)
        {
            byte[][] other = [.. Leaves[..33]];
            other[changed] = Rfc6962.Leaf([1]);
            for (var oldSize = changed + 1; oldSize < 33; oldSize++)
                Assert.False(ConsistencyProof.Verify(oldSize, Roots[oldSize], 33, TreeDefinition.Root(other), TreeDefinition.Proof(oldSize, other)));
        }
    }

    /// <summary>All rows of hashes that differ from this one in one bit.</summary>
    private static IEnumerable<byte[][]> WithOneBitTurned(byte[][] hashes)
    {
        for (var bit = 0; bit < hashes.Length * Bits; bit++)
        {
            byte[][] turned = [.. hashes.Select(hash => (byte[])hash.Clone())];
            turned[bit / Bits][bit % Bits / 8] ^= (byte)(1 << (bit % 8));
            yield return turned;
        }
    }
}
