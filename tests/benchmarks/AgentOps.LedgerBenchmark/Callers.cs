using AgentOps.Ledger;
using Npgsql;

namespace AgentOps.LedgerBenchmark;

/// <summary>Appends through the ledger, each time behind the version that it knows.</summary>
internal sealed class LedgerCaller(LedgerStore store, int eventsPerCall)
{
    private string _stream = Sample.NewStream();
    private int _version;

    /// <returns>Events stored.</returns>
    public async Task<int> CallAsync()
    {
        var events = new NewEvent[eventsPerCall];
        for (var i = 0; i < events.Length; i++)
            events[i] = NewEvent.Of(Sample.Event);
        await store.AppendAsync([new(_stream, Expected.Version(_version), events)], Sample.Context);
        _version += eventsPerCall;
        if (_version >= SeededLedger.StreamEvents)
            (_stream, _version) = (Sample.NewStream(), 0);
        return eventsPerCall;
    }
}

/// <summary>Inserts the same rows over a connection of its own: one prepared statement and one transaction a call.</summary>
/// <param name="positions">Gives so many positions that nobody else has, and returns the first.</param>
/// <param name="encodes">True: each event is encoded when it is written. False: its bytes were made beforehand.</param>
internal sealed class FloorCaller(NpgsqlConnection connection, int eventsPerCall, Func<int, long> positions, bool encodes = false)
{
    private string _stream = Sample.NewStream();
    private int _version;
    private FloorInsert? _insert;

    /// <returns>Events stored.</returns>
    public async Task<int> CallAsync()
    {
        _insert ??= await FloorInsert.PrepareAsync(connection, eventsPerCall);
        await _insert.ExecuteAsync(_stream, _version, positions(eventsPerCall), encodes);
        _version += eventsPerCall;
        if (_version >= SeededLedger.StreamEvents)
            (_stream, _version) = (Sample.NewStream(), 0);
        return eventsPerCall;
    }
}
