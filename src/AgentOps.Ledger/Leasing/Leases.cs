using System.Text.Json;
using AgentOps.Contracts;
using Npgsql;

namespace AgentOps.Ledger;

/// <summary>Gives out long work: one holder at a time, for as long as its heartbeats come.</summary>
public sealed class Leases(LedgerStore store, TimeProvider? time = null)
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>Takes a stream's lease and appends the leased event to it, or says that somebody holds it.</summary>
    /// <param name="stream">The work's stream; its category must belong to this service.</param>
    /// <param name="holder">Who takes it, for people to read.</param>
    /// <param name="duration">How long it lasts without a heartbeat; a third of it lies between two heartbeats. At least 300 ms.</param>
    /// <param name="leased">The event whose version becomes the fencing token.</param>
    /// <param name="expected">The version at which the work was found to be open.</param>
    /// <returns>The lease, or null while another holder's has not lapsed.</returns>
    /// <exception cref="VersionConflictException">The stream moved on since it was read.</exception>
    public async Task<Lease?> TakeAsync(
        string stream, string holder, TimeSpan duration, IEvent leased, EventContext context, Expected expected, CancellationToken ct = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(duration, TimeSpan.FromMilliseconds(300));
        var id = Guid.CreateVersion7();
        // Counted from before the call, so that this process believes in its lease no longer than the database does.
        var asked = _time.GetTimestamp();
        await using var command = store.Database.CreateCommand("SELECT token FROM ledger.take_lease($1, $2, $3, $4, $5, $6, $7, $8)");
        Add(command, stream, holder, (int)duration.TotalMilliseconds, expected.Value, id, store.Events.NameOf(leased));
        AddText(command, JsonSerializer.SerializeToUtf8Bytes(EventMeta.Of(context, store.Producer), EventRegistry.Json));
        AddText(command, store.Events.Write(leased));
        try
        {
            return await command.ExecuteScalarAsync(ct) is int token
                ? new Lease(store, new(stream, token, store.Events.NameOf(leased), duration), asked, _time)
                : null;
        }
        catch (PostgresException refused) when (refused.SqlState == PostgresErrorCodes.SerializationFailure)
        {
            throw new VersionConflictException(stream, (await LastVersionAsync(stream, ct)), $"Version conflict: {refused.MessageText}.");
        }
        catch (PostgresException refused) when (refused.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new AppendRefusedException($"The ledger refused the lease: {refused.MessageText}.");
        }
    }

    private async Task<int> LastVersionAsync(string stream, CancellationToken ct)
    {
        await using var command = store.Database.CreateCommand("SELECT coalesce(max(version), 0) FROM ledger.event WHERE stream = $1");
        Add(command, stream);
        return (int)(await command.ExecuteScalarAsync(ct))!;
    }

    private static void Add(NpgsqlCommand command, params object[] values)
    {
        foreach (var value in values)
            command.Parameters.Add(new() { Value = value });
    }

    private static void AddText(NpgsqlCommand command, byte[] value) =>
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = value, DataTypeName = "text" });
}
