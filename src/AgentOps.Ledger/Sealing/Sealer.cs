using AgentOps.Proofs;
using Microsoft.Extensions.Logging;

namespace AgentOps.Ledger;

/// <summary>Builds the RFC 6962 tree over the leaves, behind the appends and at most 5 s late. Several may run; one of them gets ahead.</summary>
/// <param name="tryAgainAfter">What cannot be sealed; a minute where nothing else is said.</param>
public sealed class Sealer(LedgerStore store, ILogger<Sealer> log, TimeSpan? tryAgainAfter = null)
{
    // A burst is sealed together; well below the promised 5 s.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private const int LeavesAtATime = 4096;
    private readonly TimeSpan _tryAgainAfter = tryAgainAfter ?? TimeSpan.FromMinutes(1);

    /// <summary>Why nothing more can be sealed; null where it can.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Seals until cancelled. What cannot be sealed is said in the log and tried again: whoever hosts this has other work as well.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        while (true)
        {
            try
            {
                var size = await SealAsync(ct);
                Trouble = null;
                await Task.Delay(Pause, ct);
                await store.WaitBeyondAsync(size, ct);
            }
            catch (Exception cause) when (TryAgain.Helps(cause))
            {
                log.LogWarning(cause, "The sealer does not reach the database and tries again");
                await Task.Delay(Pause, ct);
            }
            catch (Exception cause) when (!ct.IsCancellationRequested)
            {
                Trouble = cause.Message;
                log.LogCritical(cause, "The ledger cannot be sealed");
                await Task.Delay(_tryAgainAfter, ct);
            }
        }
    }

    /// <summary>Seals everything that is there now, and not what comes meanwhile: under steady appends it would never end.</summary>
    /// <returns>The number of events that the tree covers.</returns>
    /// <exception cref="InvalidOperationException">Events that the ledger has counted are not there.</exception>
    public async Task<long> SealAsync(CancellationToken ct = default)
    {
        var head = await store.HeadAsync(ct);
        while (true)
        {
            var tree = await LoadAsync(ct);
            if (tree.Size >= head)
                return tree.Size;
            var leaves = await LeavesAsync(tree.Size, ct);
            if (leaves.Count == 0)
                throw new InvalidOperationException($"The ledger's head is {head}, and behind position {tree.Size} there is no event: its end was deleted. Nothing more is sealed; find the events in a backup.");
            await GrowAsync(tree, leaves, ct);
        }
    }

    private async Task<MerkleTree> LoadAsync(CancellationToken ct)
    {
        var (size, _) = await StoredTiles.TreeAsync(store.Database, ct);
        var edge = new List<Tile>();
        foreach (var (level, index) in MerkleTree.EdgeOf(size))
            edge.Add(new(level, index, await StoredTiles.TileAsync(store.Database, level, index, size, ct)));
        return new MerkleTree(size, edge);
    }

    private async Task<List<byte[]>> LeavesAsync(long after, CancellationToken ct)
    {
        await using var command = store.Database.CreateCommand("SELECT e.leaf FROM ledger.event e WHERE e.position > $1 ORDER BY e.position LIMIT $2");
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = LeavesAtATime });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var leaves = new List<byte[]>();
        while (await reader.ReadAsync(ct))
            leaves.Add(reader.GetFieldValue<byte[]>(0));
        return leaves;
    }

    private async Task GrowAsync(MerkleTree tree, List<byte[]> leaves, CancellationToken ct)
    {
        var before = tree.Size;
        var filled = leaves.SelectMany(tree.Add).ToList();
        Tile[] tiles = [.. filled, .. tree.Edge()];
        await using var command = store.Database.CreateCommand("SELECT ledger.seal($1, $2, $3, $4, $5, $6)");
        command.Parameters.Add(new() { Value = before });
        command.Parameters.Add(new() { Value = tree.Size });
        command.Parameters.Add(new() { Value = tree.Root() });
        command.Parameters.Add(new() { Value = tiles.Select(tile => tile.Level).ToArray() });
        command.Parameters.Add(new() { Value = tiles.Select(tile => tile.Index).ToArray() });
        command.Parameters.Add(new() { Value = tiles.Select(tile => tile.Hashes).ToArray() });
        await command.ExecuteNonQueryAsync(ct);
    }
}
