using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AgentOps.Gateway;

/// <summary>
/// Keeps in the ledger who read the audit, before the answer goes out, and which calls were refused, every few seconds. Refusals are counted by kind,
/// so that whoever asks a million times in vain makes the ledger grow by little; where there are too many kinds the further ones are counted by who asked, so that nobody hides behind another's flood.
/// </summary>
public sealed class AccessLog(LedgerStore ledger, TimeProvider time, ILogger<AccessLog> log) : BackgroundService
{
    /// <summary>So many, each with so much of what the caller wrote, fit into one event with those that are counted by caller.</summary>
    public const int MostKinds = 40;

    /// <summary>So many callers more, each with an address and a status, are listed where there are more kinds than that.</summary>
    public const int MostCallers = 20;

    /// <summary>Stands for methods and paths that are not listed one by one.</summary>
    public const string Any = "*";

    // Of a refused call; many stand in one event.
    private const int LongestPath = 150;

    // More no server here takes of a request's first line, so that nothing of what was read is cut off.
    private const int LongestReading = 8_192;
    private const int LongestMethod = 16;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);
    private static readonly EventContext Context = new(Caller.Service("gateway").Actor);
    private readonly Lock _lock = new();

    // By what they have in common.
    private Dictionary<DeniedCalls, DeniedCalls> _denied = [];
    private int _omitted;

    // Until the ledger has answered it is appended again under the same id: it may stand there already.
    private (Guid Id, string Stream, CallsDenied Calls)? _unanswered;

    /// <exception cref="LedgerUnavailableException">It cannot be recorded now, and so must not be answered.</exception>
    public Task ReadAsync(Caller reader, string path, CancellationToken ct) =>
        ledger.AppendAsync([new($"access-reads-{Day}", Expected.Any, [new(Guid.CreateVersion7(), new AuditRead(reader.Actor, Shown(path, LongestReading)))])], reader.Asks(), ct);

    public void Denied(string? caller, string address, string method, string path, int status)
    {
        lock (_lock)
            Count(new(caller, address, Shown(method, LongestMethod), Shown(path, LongestPath), status, 1, time.GetUtcNow()));
    }

    /// <summary>Writes down what was refused since the last call, once; what cannot be written waits for the next.</summary>
    public async Task FlushAsync(CancellationToken ct)
    {
        try
        {
            while (Take() is var (id, stream, calls))
            {
                await ledger.AppendAsync([new(stream, Expected.Any, [new(id, calls)])], Context, ct);
                Answered(id);
            }
        }
        catch (Exception away) when (away is LedgerUnavailableException or Npgsql.NpgsqlException or OperationCanceledException)
        {
            log.LogWarning("Refused calls are not in the ledger yet: {Reason}", away.Message);
        }
    }

    public override async Task StopAsync(CancellationToken ct)
    {
        await base.StopAsync(ct);
        await FlushAsync(ct);
    }

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Every, time);
        while (await timer.WaitForNextTickAsync(ct))
            await FlushAsync(ct);
    }

    private string Day => time.GetUtcNow().ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);

    private (Guid Id, string Stream, CallsDenied Calls)? Take()
    {
        lock (_lock)
        {
            if (_unanswered is not null || _denied.Count == 0)
                return _unanswered;
            _unanswered = (Guid.CreateVersion7(), $"access-denied-{Day}", new([.. _denied.Values], _omitted));
            (_denied, _omitted) = ([], 0);
            return _unanswered;
        }
    }

    private void Answered(Guid id)
    {
        lock (_lock)
            if (_unanswered?.Id == id)
                _unanswered = null;
    }

    private void Count(DeniedCalls calls)
    {
        if (!TryCount(calls, MostKinds) && !TryCount(calls with { Method = Any, Path = Any }, MostKinds + MostCallers))
            _omitted += calls.Count;
    }

    private bool TryCount(DeniedCalls calls, int most)
    {
        var kind = calls with { Count = 0, First = default };
        if (_denied.TryGetValue(kind, out var known))
            calls = calls with { Count = known.Count + calls.Count, First = known.First < calls.First ? known.First : calls.First };
        else if (_denied.Count >= most)
            return false;
        _denied[kind] = calls;
        return true;
    }

    /// <summary>The beginning of what others wrote, in characters of which none takes more than two bytes of JSON.</summary>
    private static string Shown(string text, int most) => string.Concat(text.Take(most).Select(c => c is >= ' ' and <= '~' ? c : '?'));
}
