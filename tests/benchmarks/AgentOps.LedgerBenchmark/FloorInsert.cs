using AgentOps.Contracts;
using Npgsql;
using NpgsqlTypes;

namespace AgentOps.LedgerBenchmark;

/// <summary>The cheapest way to write the ledger's rows: no lock, no version, no owner, no hash. One row as values, more as arrays.</summary>
internal sealed class FloorInsert
{
    private const string Columns = "position, id, stream, version, type, data, meta, at, leaf";
    private const string One = $"INSERT INTO floor.event ({Columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, clock_timestamp(), $8)";
    private const string Many = $"""
        INSERT INTO floor.event ({Columns})
        SELECT e.position, e.id, e.stream, e.version, e.type, e.data, e.meta, now(), e.leaf
        FROM unnest($1, $2, $3, $4, $5, $6, $7, $8) AS e(position, id, stream, version, type, data, meta, leaf)
        """;

    private readonly NpgsqlCommand _command;
    private readonly int _rows;

    private FloorInsert(NpgsqlCommand command, int rows)
    {
        _command = command;
        _rows = rows;
        foreach (var type in (NpgsqlDbType[])[
            NpgsqlDbType.Bigint, NpgsqlDbType.Uuid, NpgsqlDbType.Text, NpgsqlDbType.Integer, NpgsqlDbType.Text, NpgsqlDbType.Json, NpgsqlDbType.Json, NpgsqlDbType.Bytea])
            _command.Parameters.Add(new() { NpgsqlDbType = rows == 1 ? type : NpgsqlDbType.Array | type });
        // What is the same in every call is bound once.
        Bind(4, Sample.Type, Sample.Data, Sample.Meta, Sample.Leaf);
    }

    public static async Task<FloorInsert> PrepareAsync(NpgsqlConnection connection, int rows)
    {
        var insert = new FloorInsert(new NpgsqlCommand(rows == 1 ? One : Many, connection), rows);
        insert.Bind(0, 1L, Guid.Empty, "", 1);
        await insert._command.PrepareAsync();
        return insert;
    }

    /// <param name="version">The stream's last version.</param>
    /// <param name="encode">True: with bytes made now, false: with those that are bound already.</param>
    public Task ExecuteAsync(string stream, int version, long firstPosition, bool encode)
    {
        if (encode)
            _command.Parameters[5].Value = _rows == 1 ? AllEvents.Registry.Write(Sample.Event) : Each(_ => AllEvents.Registry.Write(Sample.Event));
        if (_rows == 1)
            Bind(0, firstPosition, Guid.CreateVersion7(), stream, version + 1);
        else
        {
            _command.Parameters[0].Value = Each(i => firstPosition + i);
            _command.Parameters[1].Value = Each(_ => Guid.CreateVersion7());
            _command.Parameters[2].Value = Each(_ => stream);
            _command.Parameters[3].Value = Each(i => version + 1 + i);
        }
        return _command.ExecuteNonQueryAsync();
    }

    private void Bind<T1, T2, T3, T4>(int at, T1 first, T2 second, T3 third, T4 fourth)
    {
        _command.Parameters[at].Value = Value(first);
        _command.Parameters[at + 1].Value = Value(second);
        _command.Parameters[at + 2].Value = Value(third);
        _command.Parameters[at + 3].Value = Value(fourth);
    }

    private object? Value<T>(T one) => _rows == 1 ? one : Each(_ => one);

    private T[] Each<T>(Func<int, T> of)
    {
        var values = new T[_rows];
        for (var i = 0; i < values.Length; i++)
            values[i] = of(i);
        return values;
    }
}
