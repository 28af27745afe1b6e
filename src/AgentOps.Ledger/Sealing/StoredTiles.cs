using AgentOps.Proofs;
using Npgsql;

namespace AgentOps.Ledger;

/// <summary>The sealed tree as it lies in the database.</summary>
internal static class StoredTiles
{
    public static async Task<(long Size, byte[] Root)> TreeAsync(NpgsqlDataSource db, CancellationToken ct)
    {
        await using var command = db.CreateCommand("SELECT size, root FROM ledger.tree");
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct)
            ? (reader.GetInt64(0), reader.GetFieldValue<byte[]>(1))
            : throw new InvalidOperationException("The row of ledger.tree is gone: restore the database from its backup.");
    }

    /// <summary>A tile as it was when the tree had a size: one that has grown since is cut to that. Empty where it is missing.</summary>
    public static async Task<byte[]> TileAsync(NpgsqlDataSource db, int level, long index, long size, CancellationToken ct)
    {
        var hashes = Math.Min(MerkleTree.TileWidth, (size >> (8 * level)) - (index * MerkleTree.TileWidth));
        await using var command = db.CreateCommand("SELECT substr(t.hashes, 1, $3) FROM ledger.tile t WHERE t.level = $1 AND t.index = $2");
        command.Parameters.Add(new() { Value = level });
        command.Parameters.Add(new() { Value = index });
        command.Parameters.Add(new() { Value = (int)hashes * MerkleTree.HashBytes });
        return (byte[]?)await command.ExecuteScalarAsync(ct) ?? [];
    }
}
