using System.Collections.Concurrent;
using System.Reflection;
using Npgsql;

namespace AgentOps.Ledger;

/// <summary>The statements that a page of events makes of a view, sent together and in order: a page costs one wait for the database, not one for each event.</summary>
public sealed class ViewChanges
{
    private static readonly ConcurrentDictionary<Type, PropertyInfo[]> Properties = new();

    // The position of the event that asked for each.
    private readonly Dictionary<NpgsqlBatchCommand, long?> _commands = new(ReferenceEqualityComparer.Instance);
    private long? _position;
    private readonly Dictionary<Type, IPageChanges> _ofPage = [];

    private ViewChanges()
    {
    }

    /// <param name="sql">One statement with unqualified table names and parameters by name, such as <c>@Run</c>.</param>
    /// <param name="values">Objects whose properties are the parameters; no two have a property of one name.</param>
    /// <exception cref="ArgumentException">Two of them have.</exception>
    public void Add(string sql, params ReadOnlySpan<object> values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
            foreach (var property in Properties.GetOrAdd(value.GetType(), type => type.GetProperties()))
                command.Parameters.Add(command.Parameters.Contains(property.Name)
                    ? throw new ArgumentException($"Two of the values have a property '{property.Name}': a parameter has one value.", nameof(values))
                    : new NpgsqlParameter(property.Name, Storable(property.GetValue(value))));
        _commands.Add(command, _position);
    }

    /// <summary>A text with the character 0, which an event can have and PostgreSQL's text cannot, is stored with the sign for what cannot be shown in its place.</summary>
    private static object Storable(object? value) => value switch
    {
        null => DBNull.Value,
        string text => Storable(text),
        string?[] texts => texts.Select(text => text is null ? null : Storable(text)).ToArray(),
        _ => value,
    };

    private static string Storable(string text) => text.Replace('\0', '\uFFFD');

    /// <summary>What a view gathers over the events of a page, to send it as a few statements at the end.</summary>
    public T OfPage<T>() where T : IPageChanges, new()
    {
        if (!_ofPage.TryGetValue(typeof(T), out var gathered))
            _ofPage[typeof(T)] = gathered = new T();
        return (T)gathered;
    }

    /// <summary>What the events of a page change.</summary>
    /// <exception cref="PostgresException">A statement failed; <see cref="PositionOf"/> says for which event.</exception>
    internal static async Task ApplyAsync(View view, IReadOnlyList<StoredEvent> page, NpgsqlTransaction transaction, CancellationToken ct)
    {
        var changes = new ViewChanges();
        foreach (var stored in page)
        {
            changes._position = stored.Position;
            view.Apply(stored, changes);
        }
        changes._position = null;
        foreach (var gathered in changes._ofPage.Values)
            gathered.Send(changes);
        if (changes._commands.Count == 0)
            return;
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction);
        foreach (var command in changes._commands.Keys)
            batch.BatchCommands.Add(command);
        try
        {
            await batch.ExecuteNonQueryAsync(ct);
        }
        catch (PostgresException failed) when (failed.BatchCommand is NpgsqlBatchCommand command && changes._commands.GetValueOrDefault(command) is not null)
        {
            failed.Data[nameof(PositionOf)] = changes._commands[failed.BatchCommand];
            throw;
        }
    }

    /// <summary>The position of the event whose statement failed; null where that is not known.</summary>
    internal static long? PositionOf(Exception cause) => cause.Data[nameof(PositionOf)] as long?;
}

/// <summary>What a view gathers over the events of a page.</summary>
public interface IPageChanges
{
    /// <summary>Adds the statements.</summary>
    void Send(ViewChanges changes);
}
