using AgentOps.Proofs;
using AgentOps.Tests;

namespace AgentOps.Ledger.Tests;

/// <summary>Proofs for trees of many sizes from the tiles of one that has grown beyond them.</summary>
public sealed class SubtreeHashesTests
{
    private const int Grown = 66_000;
    private static readonly byte[][] Leaves = TreeDefinition.Leaves(Grown);
    private static readonly Dictionary<(int Level, long Index), byte[]> Tiles = TilesOf(Leaves);

    [Fact]
    public async Task Every_proof_of_up_to_70_leaves_is_the_one_that_RFC_6962_defines()
    {
        for (var size = 1; size <= 70; size++)
            for (var n = 1; n <= size; n++)
                await AreDefinedAsync(n, size);
    }

    [Theory]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(511)]
    [InlineData(513)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(Grown)]
    public async Task They_are_where_tiles_fill(int size)
    {
        foreach (var n in new[] { 1, 128, 255, 256, 257, 512, 32_768, 65_279, 65_535, 65_536, 65_537, size }.Where(n => n <= size))
            await AreDefinedAsync(n, size);
    }

    [Theory]
    [InlineData(256, 1)]
    [InlineData(65_536, 2)]
    [InlineData(Grown, 3)]
    public async Task At_most_two_tiles_of_a_level_are_read(int size, int levels)
    {
        for (var n = 1; n <= size; n += 101)
        {
            Assert.InRange(await ReadsAsync(LeafRange.OfInclusion(n - 1, size)), 0, 2 * levels);
            Assert.InRange(await ReadsAsync(LeafRange.OfConsistency(n, size)), 0, 2 * levels);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(32 * 255)]
    public async Task A_tile_that_lacks_a_hash_is_named(int length)
    {
        var hashes = new SubtreeHashes((level, index) => Task.FromResult(Tiles[(level, index)][..(level == 1 ? length : ^0)]));
        var missing = await Assert.ThrowsAsync<InvalidOperationException>(() => hashes.OfAsync([new LeafRange(65_280, 65_536)]));
        Assert.Contains("Tile 0 of level 1", missing.Message, StringComparison.Ordinal);
    }

    private static async Task AreDefinedAsync(int n, int size)
    {
        var hashes = new SubtreeHashes((level, index) => Task.FromResult(Tiles[(level, index)]));
        Assert.Equal(TreeDefinition.Path(n - 1, Leaves.AsSpan(0, size)), await hashes.OfAsync(LeafRange.OfInclusion(n - 1, size)));
        Assert.Equal(TreeDefinition.Proof(n, Leaves.AsSpan(0, size)), await hashes.OfAsync(LeafRange.OfConsistency(n, size)));
    }

    private static async Task<int> ReadsAsync(IEnumerable<LeafRange> ranges)
    {
        var reads = 0;
        await new SubtreeHashes((level, index) =>
        {
            reads++;
            return Task.FromResult(Tiles[(level, index)]);
        }).OfAsync(ranges);
        return reads;
    }

    private static Dictionary<(int Level, long Index), byte[]> TilesOf(byte[][] leaves)
    {
        var tree = new MerkleTree();
        Tile[] filled = [.. leaves.SelectMany(tree.Add)];
        return filled.Concat(tree.Edge()).ToDictionary(tile => (tile.Level, tile.Index), tile => tile.Hashes);
    }
}
