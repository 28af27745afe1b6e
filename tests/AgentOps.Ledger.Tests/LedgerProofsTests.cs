using AgentOps.Proofs;
using AgentOps.Tests;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace AgentOps.Ledger.Tests;

public sealed class LedgerProofsTests(PrivatePostgres postgres) : LedgerTest(postgres)
{
    private const int Appended = 1300;
    private static readonly int[] Sizes = [1, 2, 3, 255, 256, 257, 511, 512, 513, 768, 1000, 1024, 1025, 1299, 1300];

    [Fact]
    public async Task The_proof_of_an_event_leads_to_the_root_over_its_leaves()
    {
        await SealAsync(Appended);
        var (db, leaves) = (Ledger.DataSource("judge"), await LeavesAsync());
        foreach (var size in Sizes)
        {
            var root = TreeDefinition.Root(leaves.AsSpan(0, size));
            foreach (var position in Sizes.Where(position => position <= size))
            {
                var path = await LedgerProofs.InclusionAsync(db, position, size);
                Assert.True(InclusionProof.Verify(position - 1, size, leaves[position - 1], path, root), $"{position} of {size}");
            }
        }
    }

    [Fact]
    public async Task The_tree_continues_each_that_it_was()
    {
        await SealAsync(Appended);
        var (db, leaves) = (Ledger.DataSource("judge"), await LeavesAsync());
        foreach (var newSize in Sizes)
            foreach (var oldSize in Sizes.Where(oldSize => oldSize <= newSize).Prepend(0))
            {
                var path = await LedgerProofs.ConsistencyAsync(db, oldSize, newSize);
                var (oldRoot, newRoot) = (TreeDefinition.Root(leaves.AsSpan(0, oldSize)), TreeDefinition.Root(leaves.AsSpan(0, newSize)));
                Assert.True(ConsistencyProof.Verify(oldSize, oldRoot, newSize, newRoot, path), $"{oldSize} to {newSize}");
            }
    }

    [Fact]
    public async Task A_proof_is_the_same_after_the_tree_has_grown()
    {
        await SealAsync(700);
        var db = Ledger.DataSource("judge");
        var (inclusion, consistency) = (await LedgerProofs.InclusionAsync(db, 513, 700), await LedgerProofs.ConsistencyAsync(db, 300, 700));
        await SealAsync(600);
        Assert.Equal(inclusion, await LedgerProofs.InclusionAsync(db, 513, 700));
        Assert.Equal(consistency, await LedgerProofs.ConsistencyAsync(db, 300, 700));
    }

    [Fact]
    public async Task What_is_not_sealed_has_no_proof()
    {
        await SealAsync(5);
        await AppendAsync(2);
        var db = Ledger.DataSource("judge");
        Assert.Contains("sealed up to event 5", await RefusedAsync(() => LedgerProofs.InclusionAsync(db, 6, 6)), StringComparison.Ordinal);
        Assert.Contains("sealed up to event 5", await RefusedAsync(() => LedgerProofs.ConsistencyAsync(db, 5, 7)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(-1, 5)]
    [InlineData(5, 4)]
    [InlineData(1, 0)]
    public async Task A_position_outside_the_tree_has_no_proof(long position, long size)
    {
        await SealAsync(5);
        Assert.Contains($"Position {position} is not among the {size} events",
            await RefusedAsync(() => LedgerProofs.InclusionAsync(Ledger.DataSource("judge"), position, size)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1, 5)]
    [InlineData(5, 4)]
    [InlineData(0, -1)]
    public async Task A_tree_that_is_smaller_continues_nothing(long oldSize, long newSize)
    {
        await SealAsync(5);
        Assert.Contains($"A tree of {newSize} events does not continue one of {oldSize}",
            await RefusedAsync(() => LedgerProofs.ConsistencyAsync(Ledger.DataSource("judge"), oldSize, newSize)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_an_empty_ledger_there_is_the_empty_proof_that_it_continues_itself()
    {
        var db = Ledger.DataSource("judge");
        Assert.Empty(await LedgerProofs.ConsistencyAsync(db, 0, 0));
        await RefusedAsync(() => LedgerProofs.ConsistencyAsync(db, 0, 1));
    }

    [Theory]
    [InlineData("DELETE FROM ledger.tile WHERE level = 0 AND index = 1", "Tile 1 of level 0")]
    [InlineData("UPDATE ledger.tile SET hashes = substr(hashes, 1, 31) WHERE level = 1", "Tile 0 of level 1")]
    public async Task A_tile_that_is_gone_is_named(string tampering, string named)
    {
        await SealAsync(600);
        await Ledger.AdminAsync($"SET session_replication_role = replica; {tampering}");
        var gone = await Assert.ThrowsAsync<InvalidOperationException>(() => LedgerProofs.InclusionAsync(Ledger.DataSource("judge"), 257, 600));
        Assert.Contains(named, gone.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_event_that_was_changed_after_it_was_sealed_is_not_in_the_tree()
    {
        await SealAsync(300);
        var root = TreeDefinition.Root(await LeavesAsync());
        await Ledger.AdminAsync("SET session_replication_role = replica; UPDATE ledger.event SET leaf = sha256(leaf) WHERE position = 40");
        var path = await LedgerProofs.InclusionAsync(Ledger.DataSource("judge"), 40, 300);
        Assert.False(InclusionProof.Verify(39, 300, (await LeavesAsync())[39], path, root));
    }

    private static async Task<string> RefusedAsync(Func<Task> call) => (await Assert.ThrowsAsync<ArgumentOutOfRangeException>(call)).Message;

    private async Task<byte[][]> LeavesAsync() => (byte[][])(await Ledger.AdminAsync("SELECT array_agg(leaf ORDER BY position) FROM ledger.event"))!;

    private Task AppendAsync(int count) => Ledger.Store().AppendAsync(
        [Facts.Write("training-a", Expected.Any, Enumerable.Range(0, count).Select(n => new Counted(n)))], Facts.Tester);

    private async Task SealAsync(int more)
    {
        await AppendAsync(more);
        await new Sealer(Ledger.Store("registry"), NullLogger<Sealer>.Instance).SealAsync();
    }
}
