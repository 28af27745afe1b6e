using AgentOps.Proofs;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace AgentOps.Ledger.Tests;

/// <summary>Tampering is done as the superuser with the triggers switched off: what grants and triggers cannot stop, verification finds.</summary>
public sealed class VerificationTests(PrivatePostgres postgres) : LedgerTest(postgres)
{
    private const string OwnLeaf = """
        UPDATE ledger.event SET leaf = ledger.leaf(position, id, (extract(epoch FROM at) * 1000000)::bigint, version, stream, type, meta::text, data::text)
        """;

    [Fact]
    public async Task An_untouched_ledger_holds()
    {
        await AppendAsync();
        var report = await LedgerVerification.RunAsync(Ledger.DataSource("judge"));
        Assert.Equal((true, 300L, 0L), (report.Holds, report.Events, report.Sealed));
        await SealAsync();
        report = await LedgerVerification.RunAsync(Ledger.DataSource("judge"));
        Assert.Equal((true, 300L, 300L), (report.Holds, report.Events, report.Sealed));
        Assert.Equal(await Ledger.AdminAsync("SELECT root FROM ledger.tree"), report.Root);
    }

    [Theory]
    [InlineData("id = gen_random_uuid()")]
    [InlineData("stream = 'training-c'")]
    [InlineData("version = version + 1000")]
    [InlineData("type = 'training.noted.v1'")]
    [InlineData("data = '{\"number\":7777,\"inputs\":[],\"outputs\":[]}'")]
    [InlineData("data = (data::text || ' ')::json")]
    [InlineData("meta = '{\"actor\":\"somebody else\"}'")]
    [InlineData("at = at + interval '1 microsecond'")]
    [InlineData("at = 'infinity'")]
    [InlineData("leaf = sha256(leaf)")]
    [InlineData("position = 1000")]
    public async Task A_changed_column_is_found_and_its_position_named(string change)
    {
        await AppendAsync();
        await SealAsync();
        await TamperAsync($"UPDATE ledger.event SET {change} WHERE position = 271");
        Assert.Equal(271, (await FaultAsync()).Position);
    }

    [Theory]
    [InlineData("DELETE FROM ledger.event WHERE position = 40", 40)]
    [InlineData("DELETE FROM ledger.event WHERE position > 290", 291)]
    [InlineData("DELETE FROM ledger.event WHERE position > 290; UPDATE ledger.head SET position = 290", 291)]
    [InlineData("UPDATE ledger.event SET position = -1 WHERE position = 5", 1)]
    public async Task A_gap_is_found_and_its_position_named(string tampering, long position)
    {
        await AppendAsync();
        await SealAsync();
        await TamperAsync(tampering);
        Assert.Equal(position, (await FaultAsync()).Position);
    }

    [Theory]
    [InlineData(40)]
    [InlineData(271)]
    public async Task An_event_changed_together_with_its_leaf_differs_from_the_sealed_tree(long position)
    {
        await AppendAsync();
        await SealAsync();
        await TamperAsync($"UPDATE ledger.event SET data = '{{}}' WHERE position = {position}; {OwnLeaf} WHERE position = {position}");
        var fault = await FaultAsync();
        Assert.Equal(position, fault.Position);
        Assert.Contains("sealed", fault.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_several_faults_the_first_position_is_named()
    {
        await AppendAsync();
        await SealAsync();
        await TamperAsync($"UPDATE ledger.event SET data = '{{}}' WHERE position = 40; {OwnLeaf} WHERE position = 40; UPDATE ledger.event SET data = '{{}}' WHERE position = 100");
        Assert.Equal(40, (await FaultAsync()).Position);
    }

    [Fact]
    public async Task Versions_out_of_order_are_found_even_where_the_leaves_fit()
    {
        await AppendAsync();
        await TamperAsync($"UPDATE ledger.event SET version = 900 WHERE position = 8; {OwnLeaf} WHERE position = 8");
        var fault = await FaultAsync();
        Assert.Equal((8, "version 900 of stream 'training-b' stands where version 4 belongs"), (fault.Position, fault.Reason));
    }

    [Theory]
    [InlineData("UPDATE ledger.tile SET hashes = set_byte(hashes, 32 * 9, 255 - get_byte(hashes, 32 * 9)) WHERE level = 0 AND index = 1", 256 + 10)]
    [InlineData("UPDATE ledger.tile SET hashes = sha256('') WHERE level = 1", 1)]
    [InlineData("DELETE FROM ledger.tile WHERE level = 0 AND index = 0", 1)]
    [InlineData("UPDATE ledger.tree SET root = sha256('')", 300)]
    public async Task A_changed_tree_is_found(string tampering, long position)
    {
        await AppendAsync();
        await SealAsync();
        await TamperAsync(tampering);
        Assert.Equal(position, (await FaultAsync()).Position);
    }

    /// <summary>300 events, odd positions in training-a and even ones in training-b.</summary>
    private Task AppendAsync() => Ledger.Store().AppendAsync(
        [.. Enumerable.Range(0, 300).Select(n => Facts.Write(n % 2 == 0 ? "training-a" : "training-b", Expected.Any, new Counted(n)))], Facts.Tester);

    private Task SealAsync() => new Sealer(Ledger.Store("registry"), NullLogger<Sealer>.Instance).SealAsync();

    private Task TamperAsync(string sql) => Ledger.AdminAsync($"SET session_replication_role = replica; {sql}");

    private async Task<VerificationFault> FaultAsync()
    {
        await using NpgsqlDataSource db = Ledger.DataSource("judge");
        return Assert.IsType<VerificationFault>((await LedgerVerification.RunAsync(db)).Fault);
    }
}
