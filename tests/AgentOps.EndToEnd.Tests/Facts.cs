using AgentOps.Contracts;
using AgentOps.Ledger;
using Npgsql;

namespace AgentOps.EndToEnd.Tests;

/// <summary>The ledger as the tests look at it: they read it and never write.</summary>
public sealed class Facts(NpgsqlDataSource database) : IAsyncDisposable
{
    private const int PageSize = 500;
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);
    private readonly LedgerStore _ledger = new(database, AllEvents.Registry, new Producer("tests", "0"));

    public Task<long> HeadAsync() => _ledger.HeadAsync();

    /// <summary>What was appended after a position, apart from who read the audit and who was refused.</summary>
    public async Task<IReadOnlyList<StoredEvent>> WrittenAfterAsync(long position)
    {
        var written = new List<StoredEvent>();
        await foreach (var stored in AfterAsync(position))
            if (stored.Data is not (AuditRead or CallsDenied))
                written.Add(stored);
        return written;
    }

    /// <summary>The version a stream is at.</summary>
    public async Task<int> VersionAsync(string stream) => await _ledger.ReadStreamAsync(stream).Select(stored => stored.Version).LastOrDefaultAsync();

    /// <summary>All events of one run, those of its pieces of work included, in order.</summary>
    public async Task<IReadOnlyList<StoredEvent>> OfRunAsync(Guid run)
    {
        var found = new List<StoredEvent>();
        await foreach (var stored in AfterAsync(0))
            if (stored.Meta.Run == run)
                found.Add(stored);
        return found;
    }

    /// <summary>The run's first event that fits, waited for; a database that is away for a while is waited for as well.</summary>
    public async Task<StoredEvent> WaitForAsync(string what, Guid run, Func<IEvent, bool> fits)
    {
        var seen = 0L;
        return await Patience.UntilAsync(what, async () =>
        {
            try
            {
                await foreach (var stored in AfterAsync(seen))
                {
                    if (stored.Meta.Run == run && fits(stored.Data))
                        return stored;
                    seen = stored.Position;
                }
                using var pause = new CancellationTokenSource(LookAgain);
                await _ledger.WaitBeyondAsync(seen, pause.Token);
            }
            catch (Exception nothing) when (nothing is OperationCanceledException or LedgerUnavailableException)
            {
                // There is nothing new, or the database is being started again: the next look tells.
            }
            return null;
        });
    }

    /// <summary>Recomputes every leaf and the tree over them, once the sealer has come up to the last event.</summary>
    public async Task<VerificationReport> VerifyAsync()
    {
        var head = await HeadAsync();
        return await Patience.UntilAsync("the seal over the last event", async () =>
            await LedgerVerification.RunAsync(database) is var report && (report.Sealed >= head || !report.Holds) ? report : null);
    }

    public ValueTask DisposeAsync() => _ledger.DisposeAsync();

    private async IAsyncEnumerable<StoredEvent> AfterAsync(long position)
    {
        while (await _ledger.ReadAsync(position, PageSize) is var page && page.Position > position)
        {
            foreach (var stored in page.Events)
                yield return stored;
            position = page.Position;
        }
    }
}
