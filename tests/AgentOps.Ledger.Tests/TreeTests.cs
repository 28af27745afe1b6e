using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentOps.Ledger.Tests;

public sealed class TreeTests(PrivatePostgres postgres) : LedgerTest(postgres)
{
    /// <summary>The eight inputs of Certificate Transparency's reference tests, and the root over the first n of them.</summary>
    private static readonly string[] Inputs =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

    private static readonly string[] Roots =
    [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    [Fact]
    public void The_tree_has_the_roots_of_certificate_transparencys_test_vectors()
    {
        var tree = new MerkleTree();
        for (var size = 0; ; size++)
        {
            Assert.Equal(Roots[size], Convert.ToHexStringLower(tree.Root()));
            if (size == Inputs.Length)
                break;
            tree.Add(Rfc6962.Leaf(Convert.FromHexString(Inputs[size])));
        }
    }

    [Fact]
    public void The_tree_equals_the_definition_of_RFC_6962_also_where_tiles_fill()
    {
        var leaves = Enumerable.Range(0, 66_000).Select(n => SHA256.HashData(BitConverter.GetBytes(n))).ToArray();
        int[] sizes = [1, 2, 3, 255, 256, 257, 511, 512, 513, 1000, 65_535, 65_536, 65_537, 65_793, 66_000];
        var tree = new MerkleTree();
        foreach (var leaf in leaves)
        {
            tree.Add(leaf);
            if (sizes.Contains((int)tree.Size))
                Assert.Equal(Definition(leaves.AsSpan(0, (int)tree.Size)), tree.Root());
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
            Assert.Equal(Definition(leaves), await Ledger.AdminAsync("SELECT root FROM ledger.tree"));
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
        Assert.Equal(Definition(await LeavesAsync()), await Ledger.AdminAsync("SELECT root FROM ledger.tree"));
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

    /// <summary>MTH of RFC 6962 section 2.1, word for word, over leaf hashes.</summary>
    private static byte[] Definition(ReadOnlySpan<byte[]> leaves)
    {
        if (leaves.Length == 0)
            return SHA256.HashData([]);
        if (leaves.Length == 1)
            return leaves[0];
        var k = 1;
        while (k * 2 < leaves.Length)
            k *= 2;
        return SHA256.HashData([1, .. Definition(leaves[..k]), .. Definition(leaves[k..])]);
    }

    private async Task<byte[][]> LeavesAsync() => (byte[][])(await Ledger.AdminAsync("SELECT coalesce(array_agg(leaf ORDER BY position), '{}') FROM ledger.event"))!;

    private async Task AppendAsync(int count)
    {
        if (count > 0)
            await Ledger.Store().AppendAsync([Facts.Write("training-a", Expected.Any, Enumerable.Range(0, count).Select(n => new Counted(n)))], Facts.Tester);
    }
}
