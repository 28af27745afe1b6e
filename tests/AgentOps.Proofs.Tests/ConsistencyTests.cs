using AgentOps.Tests;

namespace AgentOps.Proofs.Tests;

public sealed class ConsistencyTests
{
    private static readonly byte[][] Leaves = TreeDefinition.Leaves(65_537);

    [Fact]
    public void Every_tree_of_up_to_70_leaves_continues_every_smaller_one()
    {
        for (var newSize = 1; newSize <= 70; newSize++)
            Continues(newSize, Enumerable.Range(1, newSize));
    }

    [Theory]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    public void It_does_around_full_powers(int newSize) =>
        Continues(newSize, new[] { 1, 127, 128, 129, 255, 256, 257, 32_768, 65_280, 65_281, 65_535, 65_536 }.Where(oldSize => oldSize < newSize));

    [Fact]
    public void From_the_empty_tree_the_proof_is_empty_and_the_old_root_that_of_nothing()
    {
        Assert.True(ConsistencyProof.Verify(0, Rfc6962.EmptyRoot, 0, Rfc6962.EmptyRoot, []));
        Assert.True(ConsistencyProof.Verify(0, Rfc6962.EmptyRoot, 5, Root(5), []));
        Assert.False(ConsistencyProof.Verify(0, Rfc6962.EmptyRoot, 5, Root(5), [Root(5)]));
        Assert.False(ConsistencyProof.Verify(0, Root(5), 5, Root(5), []));
        Assert.False(ConsistencyProof.Verify(0, Root(5), 0, Root(5), []));
        Assert.False(ConsistencyProof.Verify(0, Rfc6962.EmptyRoot, 0, Root(5), []));
    }

    [Fact]
    public void Between_equal_sizes_the_proof_is_empty_and_the_roots_are_equal()
    {
        Assert.True(ConsistencyProof.Verify(5, Root(5), 5, Root(5), []));
        Assert.False(ConsistencyProof.Verify(5, Root(5), 5, Root(6), []));
        Assert.False(ConsistencyProof.Verify(5, Root(5), 5, Root(5), [Root(5)]));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public void Between_other_sizes_an_empty_proof_shows_nothing(int oldSize)
    {
        Assert.False(ConsistencyProof.Verify(oldSize, Root(oldSize), 7, Root(7), []));
        Assert.False(ConsistencyProof.Verify(oldSize, Root(7), 7, Root(7), []));
    }

    [Theory]
    [InlineData(6, 5)]
    [InlineData(1, 0)]
    [InlineData(-1, 5)]
    [InlineData(-1, -1)]
    [InlineData(long.MinValue, long.MaxValue)]
    public void Sizes_that_cannot_follow_each_other_have_no_proof(long oldSize, long newSize)
    {
        Assert.False(ConsistencyProof.Verify(oldSize, Root(5), newSize, Root(5), []));
        Assert.False(ConsistencyProof.Verify(oldSize, Root(5), newSize, Root(5), Leaves[..3]));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public void A_hash_or_a_root_of_another_length_is_refused(int oldSize)
    {
        var path = TreeDefinition.Proof(oldSize, Leaves.AsSpan(0, 7));
        byte[][] wrong = [[], path[0][..31], [.. path[0], 0], null!];
        foreach (var hash in wrong)
        {
            Assert.False(ConsistencyProof.Verify(oldSize, hash, 7, Root(7), path));
            Assert.False(ConsistencyProof.Verify(oldSize, Root(oldSize), 7, hash, path));
            Assert.False(ConsistencyProof.Verify(7, hash, 7, hash, []));
            for (var at = 0; at < path.Length; at++)
                Assert.False(ConsistencyProof.Verify(oldSize, Root(oldSize), 7, Root(7), [.. path[..at], hash, .. path[(at + 1)..]]));
        }
    }

    private static byte[] Root(int size) => TreeDefinition.Root(Leaves.AsSpan(0, size));

    private static void Continues(int newSize, IEnumerable<int> oldSizes)
    {
        var root = Root(newSize);
        foreach (var oldSize in oldSizes)
            Assert.True(ConsistencyProof.Verify(oldSize, Root(oldSize), newSize, root, TreeDefinition.Proof(oldSize, Leaves.AsSpan(0, newSize))), $"{oldSize} to {newSize}");
    }
}
