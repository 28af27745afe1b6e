using AgentOps.Tests;

namespace AgentOps.Proofs.Tests;

public sealed class InclusionTests
{
    private static readonly byte[][] Leaves = TreeDefinition.Leaves(65_537);

    [Fact]
    public void The_proof_of_every_leaf_leads_to_the_root_in_every_tree_of_up_to_70_leaves()
    {
        for (var size = 1; size <= 70; size++)
            Lead(Enumerable.Range(0, size), size);
    }

    [Theory]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    public void It_does_around_full_powers(int size) => Lead(new[] { 0, 127, 128, 254, 255, 256, 32_768, 65_279, 65_534, 65_535, 65_536 }.Where(index => index < size), size);

    [Theory]
    [InlineData(-1, 5)]
    [InlineData(5, 5)]
    [InlineData(0, 0)]
    [InlineData(0, -1)]
    [InlineData(-2, -1)]
    [InlineData(long.MinValue, long.MinValue)]
    [InlineData(long.MaxValue, long.MaxValue)]
    public void An_index_outside_the_tree_has_no_proof(long index, long size)
    {
        Assert.Null(InclusionProof.RootOf(index, size, Leaves[0], []));
        Assert.Null(InclusionProof.RootOf(index, size, Leaves[0], Leaves[1..4]));
    }

    [Fact]
    public void A_hash_of_another_length_is_refused()
    {
        var path = TreeDefinition.Path(2, Leaves.AsSpan(0, 5));
        byte[][] wrong = [[], path[0][..31], [.. path[0], 0], null!];
        foreach (var hash in wrong)
        {
            Assert.Null(InclusionProof.RootOf(2, 5, hash, path));
            for (var at = 0; at < path.Length; at++)
                Assert.Null(InclusionProof.RootOf(2, 5, Leaves[2], [.. path[..at], hash, .. path[(at + 1)..]]));
        }
    }

    [Fact]
    public void A_root_of_another_length_is_not_reached()
    {
        var root = TreeDefinition.Root(Leaves.AsSpan(0, 5));
        var path = TreeDefinition.Path(2, Leaves.AsSpan(0, 5));
        Assert.True(InclusionProof.Verify(2, 5, Leaves[2], path, root));
        Assert.False(InclusionProof.Verify(2, 5, Leaves[2], path, root.AsSpan(0, 31)));
        Assert.False(InclusionProof.Verify(2, 5, Leaves[2], path, [.. root, 0]));
        Assert.False(InclusionProof.Verify(2, 5, Leaves[2], path, []));
    }

    /// <summary>The first leaf has a neighbour at each of 63 levels; the last, at an index of 62 ones and a zero, at one for each of the ones.</summary>
    [Theory]
    [InlineData(0, 63)]
    [InlineData(long.MaxValue - 1, 62)]
    public void In_the_largest_tree_exactly_one_length_is_right(long index, int length)
    {
        for (var given = 0; given < 70; given++)
            Assert.Equal(given == length, InclusionProof.RootOf(index, long.MaxValue, Leaves[0], Leaves[1..(given + 1)]) is not null);
    }

    [Fact]
    public void The_size_is_not_shown_it_is_believed_with_the_root()
    {
        var root = TreeDefinition.Root(Leaves.AsSpan(0, 3));
        Assert.True(InclusionProof.Verify(0, 4, Leaves[0], TreeDefinition.Path(0, Leaves.AsSpan(0, 3)), root));
    }

    private static void Lead(IEnumerable<int> indexes, int size)
    {
        var root = TreeDefinition.Root(Leaves.AsSpan(0, size));
        foreach (var index in indexes)
        {
            var path = TreeDefinition.Path(index, Leaves.AsSpan(0, size));
            Assert.Equal(root, InclusionProof.RootOf(index, size, Leaves[index], path));
            Assert.True(InclusionProof.Verify(index, size, Leaves[index], path, root));
        }
    }
}
