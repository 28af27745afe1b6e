using System.Text.Json;
using AgentOps.Contracts;

namespace AgentOps.Ledger;

/// <summary>One append on its way: already encoded, and the promise of its outcome.</summary>
internal sealed class Append
{
    private readonly TaskCompletionSource<AppendResult> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Append(IReadOnlyList<EncodedWrite> writes, CancellationToken ct)
    {
        Writes = writes;
        Cancelled = ct;
        Ids = [.. writes.SelectMany(write => write.Ids)];
        Bytes = writes.Sum(write => write.Bytes);
    }

    public IReadOnlyList<EncodedWrite> Writes { get; }

    public IReadOnlyList<Guid> Ids { get; }

    /// <summary>Data and meta of all events.</summary>
    public long Bytes { get; }

    public CancellationToken Cancelled { get; }

    public Task<AppendResult> Outcome => _outcome.Task;

    /// <exception cref="ArgumentException">Nothing to write, or an id twice.</exception>
    public static Append Of(IReadOnlyList<StreamWrite> writes, EventMeta meta, EventRegistry events, CancellationToken ct)
    {
        if (writes.Count == 0 || writes.Any(write => write.Events.Count == 0))
            throw new ArgumentException("An append needs at least one event in each of its writes.", nameof(writes));
        var metaBytes = JsonSerializer.SerializeToUtf8Bytes(meta, EventRegistry.Json);
        var append = new Append([.. writes.Select(write => EncodedWrite.Of(write, metaBytes, events))], ct);
        if (append.Ids.Distinct().Count() != append.Ids.Count)
            throw new ArgumentException("An event id stands twice in this append.", nameof(writes));
        return append;
    }

    public void Succeed(AppendResult result) => _outcome.TrySetResult(result);

    public void Fail(Exception cause) => _outcome.TrySetException(cause);

    public void Cancel() => _outcome.TrySetCanceled(Cancelled);
}

/// <summary>A write as the database takes it.</summary>
internal sealed record EncodedWrite(
    string Stream, int Expected, IReadOnlyList<Guid> Ids, IReadOnlyList<string> Types, byte[] Meta, IReadOnlyList<byte[]> Data)
{
    public long Bytes => Data.Sum(data => data.Length + (long)Meta.Length);

    public static EncodedWrite Of(StreamWrite write, byte[] meta, EventRegistry events) => new(
        write.Stream,
        write.Expected.Value,
        [.. write.Events.Select(e => e.Id)],
        [.. write.Events.Select(e => events.NameOf(e.Data))],
        meta,
        [.. write.Events.Select(e => events.Write(e.Data))]);
}
