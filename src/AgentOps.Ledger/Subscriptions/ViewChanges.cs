using System.Collections.Concurrent;
using System.Reflection;
using Npgsql;

namespace AgentOps.Ledger;

/// <summary>The statements that a page of events makes of a view, sent together and in order: a page costs one wait for the database, not one for each event.</summary>
public sealed class ViewChanges
{
    private static readonly ConcurrentDictionary<Type, PropertyInfo[]> Properties = new();

    private readonly List<NpgsqlBatchCommand> _commands = [];

    private ViewChanges()
    {
    }

    /// <param name="sql">One statement with unqualified table names and parameters by name, such as <c>@Run</c>.</param>
    /// <param name="values">Objects whose properties are the parameters.</param>
    public void Add(string sql, params ReadOnlySpan<object> values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
            foreach (var property in Properties.GetOrAdd(value.GetType(), type => type.GetProperties()))
                command.Parameters.Add(new(property.Name, property.GetValue(value) ?? DBNull.Value));
        _commands.Add(command);
    }

    /// <summary>What the events of a page change.</summary>
    internal static async Task ApplyAsync(View view, IReadOnlyList<StoredEvent> page, NpgsqlTransaction transaction, CancellationToken ct)
    {
        var changes = new ViewChanges();
        foreach (var stored in page)
            view.Apply(stored, changes);
        if (changes._commands.Count == 0)
            return;
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction);
        foreach (var command in changes._commands)
            batch.BatchCommands.Add(command);
        await batch.ExecuteNonQueryAsync(ct);
    }
}
