using Npgsql;

namespace AgentOps.Ledger;

/// <summary>Builds a view's tables from the first event in the service's rebuild schema, and moves them into its own.</summary>
internal sealed class ViewRebuild(LedgerStore store, string schema, View view)
{
    private const int BatchSize = 500;

    private string Beside => schema + "_rebuild";

    /// <summary>Builds beside the live view up to a position and leaves it there.</summary>
    public async Task<string> BuildAsync(long upTo, CancellationToken ct)
    {
        await using var turn = await TakeTurnAsync(ct);
        await CreateAsync(ct);
        await ReplayAsync(turn, 0, upTo, ct);
        return Beside;
    }

    /// <summary>Builds beside the live view, then catches up and changes places with it in one transaction.</summary>
    public async Task ReplaceAsync(CancellationToken ct)
    {
        await using var turn = await TakeTurnAsync(ct);
        await ReplaceInTurnAsync(turn, ct);
    }

    /// <summary>Does the same where the live view is missing or has another definition.</summary>
    public async Task ReplaceOutdatedAsync(CancellationToken ct)
    {
        await using var turn = await TakeTurnAsync(ct);
        if (await SubscriptionCursor.DefinitionAsync(store.Database, view.Name, ct) != view.Definition)
            await ReplaceInTurnAsync(turn, ct);
    }

    private async Task ReplaceInTurnAsync(AdvisoryLock turn, CancellationToken ct)
    {
        await CreateAsync(ct);
        var reached = await ReplayAsync(turn, 0, await store.HeadAsync(ct), ct);

        await using var connection = await store.Database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await SubscriptionCursor.DefineAsync(transaction, view.Name, reached, view.Definition, ct);
        var head = await store.HeadAsync(ct);
        while (reached < head)
            reached = await ApplyPageAsync(transaction, reached, head, ct);
        await ExecuteAsync(transaction, string.Concat(view.Tables.Select(table =>
            $"DROP TABLE IF EXISTS {schema}.{table} CASCADE; ALTER TABLE {Beside}.{table} SET SCHEMA {schema};")), ct);
        await ExecuteAsync(transaction, $"SET LOCAL search_path = {schema}", ct);
        await SubscriptionCursor.DefineAsync(transaction, view.Name, reached, view.Definition, ct);
        await turn.CheckAsync(ct);
        await transaction.CommitAsync(ct);
    }

    private async Task CreateAsync(CancellationToken ct)
    {
        await using var connection = await store.Database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await ExecuteAsync(transaction, $"SET LOCAL search_path = {Beside}", ct);
        await ExecuteAsync(transaction, string.Concat(view.Tables.Select(table => $"DROP TABLE IF EXISTS {table} CASCADE;")) + view.Ddl, ct);
        await transaction.CommitAsync(ct);
    }

    /// <param name="turn">Asked before every page: whoever takes it next makes the tables beside anew.</param>
    private async Task<long> ReplayAsync(AdvisoryLock turn, long after, long upTo, CancellationToken ct)
    {
        while (after < upTo)
        {
            await turn.CheckAsync(ct);
            await using var connection = await store.Database.OpenConnectionAsync(ct);
            await using var transaction = await connection.BeginTransactionAsync(ct);
            var reached = await ApplyPageAsync(transaction, after, upTo, ct);
            await transaction.CommitAsync(ct);
            if (reached == after)
                break;
            after = reached;
        }
        return after;
    }

    private async Task<long> ApplyPageAsync(NpgsqlTransaction transaction, long after, long upTo, CancellationToken ct)
    {
        var page = await store.ReadUpToAsync(after, upTo, BatchSize, view.Categories, ct);
        await ExecuteAsync(transaction, $"SET LOCAL search_path = {Beside}", ct);
        await ViewChanges.ApplyAsync(view, page.Events, transaction, ct);
        return page.Position;
    }

    /// <summary>One rebuild in a service at a time: they share the schema beside.</summary>
    private Task<AdvisoryLock> TakeTurnAsync(CancellationToken ct) => AdvisoryLock.TakeAsync(store.Database, Beside, ct);

    private static async Task ExecuteAsync(NpgsqlTransaction transaction, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, transaction.Connection, transaction);
        await command.ExecuteNonQueryAsync(ct);
    }
}
