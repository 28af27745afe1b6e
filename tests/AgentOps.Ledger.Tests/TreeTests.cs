using AgentOps.Proofs;
using AgentOps.Tests;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentOps.Ledger.Tests;

public sealed class TreeTests(PrivatePostgres postgres) : LedgerTest(postgres)
{
    [Fact]
    public void The_tree_has_the_roots_of_certificate_transparencys_test_vectors()
    {
        var tree = new MerkleTree();
        for (var size = 0; ; size++)
        {
            Assert.Equal(CertificateTransparencyVectors.Roots[size], Convert.ToHexStringLower(tree.Root()));
            if (size == CertificateTransparencyVectors.Inputs.Length)
                break;
            tree.Add(Rfc6962.Leaf(Convert.FromHexString(CertificateTransparencyVectors.Inputs[size])));
        }
    }

    [Fact]
    public void The_tree_equals_the_definition_of_RFC_6962_also_where_tiles_fill()
    {
        var leaves = TreeDefinition.Leaves(66_000);
        int[] sizes = [1, 2, 3, 255, 256, 257, 511, 512, 513, 1000, 65_535, 65_536, 65_537, 65_793, 66_000];
        var tree = new MerkleTree();
        foreach (var leaf in leaves)
        {
            tree.Add(leaf);
            if (sizes.Contains((int)tree.Size))
                Assert.Equal(TreeDefinition.Root(leaves.AsSpan(0, (int)tree.Size)), tree.Root());
        }
    }

    [Fact]
    public async Task What_is_sealed_in_steps_equals_the_tree_over_all_leaves()
    {
        var store = Ledger.Store("registry");
        var sealer = new Sealer(store, NullLogger<Sealer>.Instance);
        foreach (var count in new[] { 1, 2, 252, 1, 1, 300, 0, 700 })
        {
            await AppendAsync(count);
            var size = await sealer.SealAsync();
            var leaves = await LeavesAsync();
            Assert.Equal(leaves.Length, size);
            Assert.Equal(TreeDefinition.Root(leaves), await Ledger.AdminAsync("SELECT root FROM ledger.tree"));
            Assert.True((await LedgerVerification.RunAsync(Ledger.DataSource("judge"))).Holds);
        }

        // 1257 events: four full tiles, one of 233, and their four roots.
        Assert.Equal("0/0:256 0/1:256 0/2:256 0/3:256 0/4:233 1/0:4",
            await Ledger.AdminAsync("SELECT string_agg(level || '/' || index || ':' || length(hashes) / 32, ' ' ORDER BY level, index) FROM ledger.tile"));
    }

    [Fact]
    public async Task Two_sealers_at_once_build_one_tree()
    {
        await AppendAsync(600);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => new Sealer(Ledger.Store("registry"), NullLogger<Sealer>.Instance).SealAsync()));
        Assert.Equal(TreeDefinition.Root(await LeavesAsync()), await Ledger.AdminAsync("SELECT root FROM ledger.tree"));
    }

    [Fact]
    public async Task Events_that_are_counted_and_not_there_are_told_of()
    {
        await Ledger.AdminAsync("UPDATE ledger.head SET position = 5");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));

        var told = await Assert.ThrowsAsync<InvalidOperationException>(() => new Sealer(Ledger.Store("registry"), NullLogger<Sealer>.Instance).SealAsync(patience.Token));

        Assert.Contains("The ledger's head is 5, and behind position 0 there is no event", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_sealed_is_said_and_tried_again_and_stops_nothing_else()
    {
        await AppendAsync(2);
        await Ledger.AdminAsync("UPDATE ledger.head SET position = 5");
        var sealer = new Sealer(Ledger.Store("registry"), NullLogger<Sealer>.Instance, tryAgainAfter: TimeSpan.FromMilliseconds(50));
        await using var running = new Running(sealer.RunAsync);

        await Eventually.TrueAsync(() => Task.FromResult(sealer.Trouble?.Contains("behind position 2 there is no event", StringComparison.Ordinal) == true));
        Assert.False(running.Task.IsCompleted);

        await Ledger.AdminAsync("UPDATE ledger.head SET position = 2");
        await Eventually.TrueAsync(() => Task.FromResult(sealer.Trouble is null));
        Assert.Equal(2L, await Ledger.AdminAsync("SELECT size FROM ledger.tree"));
    }

    [Fact]
    public async Task What_is_appended_while_the_sealer_works_is_left_for_its_next_round()
    {
        await AppendAsync(3);
        await Ledger.AdminAsync("""
            CREATE FUNCTION public.append_one_more() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF NEW.size < 50 THEN
                    PERFORM ledger.append('{1}', '{model-a}', '{-1}', '{1}', ARRAY[gen_random_uuid()], '{model.registered.v1}', '{"{}"}', '{"{}"}');
                END IF;
                RETURN NULL;
            END $$;
            GRANT USAGE ON SCHEMA public TO agentops_owner;
            CREATE TRIGGER more_and_more AFTER UPDATE ON ledger.tree FOR EACH ROW EXECUTE FUNCTION public.append_one_more();
            """);

        Assert.Equal(3, await new Sealer(Ledger.Store("registry"), NullLogger<Sealer>.Instance).SealAsync());
        Assert.Equal(4L, await Ledger.AdminAsync("SELECT position FROM ledger.head"));
    }

    [Fact]
    public async Task The_sealer_follows_the_appends()
    {
        await using var running = new Running(new Sealer(Ledger.Store("registry"), NullLogger<Sealer>.Instance).RunAsync);
        await AppendAsync(3);
        await Eventually.TrueAsync(async () => await Ledger.AdminAsync("SELECT size FROM ledger.tree") is 3L);
        await AppendAsync(2);
        await Eventually.TrueAsync(async () => await Ledger.AdminAsync("SELECT size FROM ledger.tree") is 5L);
    }

    [Fact]
    public async Task A_tile_with_other_leaves_than_the_events_is_refused()
    {
        await AppendAsync(2);
        await using var service = Ledger.DataSource("registry");
        await using var forged = service.CreateCommand("SELECT ledger.seal(0, 2, sha256('x'), '{0}', '{0}', ARRAY[sha256('a') || sha256('b')])");
        var refused = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => forged.ExecuteScalarAsync());
        Assert.Contains("does not hold the leaves", refused.MessageText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_but_the_registry_may_say_what_the_tree_is()
    {
        await AppendAsync(2);
        await using var service = Ledger.DataSource("trainer");
        await using var forged = service.CreateCommand("SELECT ledger.seal(0, 2, sha256('x'), '{}', '{}', '{}')");
        var refused = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => forged.ExecuteScalarAsync());
        Assert.Equal("42501", refused.SqlState);
        Assert.Equal(0L, await Ledger.AdminAsync("SELECT size FROM ledger.tree"));
    }

    private async Task<byte[][]> LeavesAsync() => (byte[][])(await Ledger.AdminAsync("SELECT coalesce(array_agg(leaf ORDER BY position), '{}') FROM ledger.event"))!;

    private async Task AppendAsync(int count)
    {
        if (count > 0)
            await Ledger.Store().AppendAsync([Facts.Write("training-a", Expected.Any, Enumerable.Range(0, count).Select(n => new Counted(n)))], Facts.Tester);
    }
}
