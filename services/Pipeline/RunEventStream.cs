using System.Text;
using System.Text.Json;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;

namespace AgentOps.Pipeline;

/// <summary>A run's events as server-sent events: each with its position as id, so that a reader that lost its connection goes on where it was.</summary>
public static class RunEventStream
{
    private const int PageSize = 200;
    private static readonly string[] Categories = ["run", "generation", "judgement", "dataset", "training", "evaluation", "model"];
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);

    public static async Task SendAsync(Guid id, HttpContext http, LedgerStore ledger, TimeProvider time, CancellationToken ct)
    {
        var run = new RunId(id);
        var after = await StartAsync(run, http.Request.Headers["Last-Event-ID"].ToString(), ledger, ct);
        if (after is not { } position)
        {
            // The reader has seen the end; an EventSource comes again unless it is told that there is nothing more.
            http.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        http.Response.ContentType = "text/event-stream";
        http.Response.Headers.CacheControl = "no-cache";
        await http.Response.Body.FlushAsync(ct);
        while (true)
        {
            var page = await ledger.ReadAsync(position, PageSize, Categories, ct);
            foreach (var stored in page.Events.Where(e => e.Meta.Run == id))
            {
                await http.Response.WriteAsync(Text(stored), ct);
                if (stored.Data is RunSucceeded or RunFailed or RunCancelled)
                    return;
            }

            await http.Response.Body.FlushAsync(ct);
            if (page.Position == position)
                await WaitAsync(position, http, ledger, time, ct);
            position = page.Position;
        }
    }

    /// <summary>The position to read after: the reader's last, or the one before the submission; null where the run ended before it.</summary>
    private static async Task<long?> StartAsync(RunId run, string lastEventId, LedgerStore ledger, CancellationToken ct)
    {
        StoredEvent? first = null, last = null;
        await foreach (var stored in ledger.ReadStreamAsync(run.Stream(), ct: ct))
            (first, last) = (first ?? stored, stored);
        if (first is null || last is null)
            throw ProblemException.NotFound("run", run.ToString());
        if (lastEventId.Length == 0)
            return first.Position - 1;
        if (!long.TryParse(lastEventId, out var position) || position < 0)
            throw ProblemException.BadRequest("last-event-id", $"Last-Event-ID is '{lastEventId}', but a position of the ledger is expected.");
        var over = last.Data is RunSucceeded or RunFailed or RunCancelled;
        return over && position >= last.Position ? null : Math.Max(position, first.Position - 1);
    }

    private static async Task WaitAsync(long position, HttpContext http, LedgerStore ledger, TimeProvider time, CancellationToken ct)
    {
        var grown = ledger.WaitBeyondAsync(position, ct);
        while (true)
        {
            try
            {
                await grown.WaitAsync(KeepAlive, time, ct);
                return;
            }
            catch (TimeoutException)
            {
                await http.Response.WriteAsync(": keep-alive\n\n", ct);
                await http.Response.Body.FlushAsync(ct);
            }
        }
    }

    private static string Text(StoredEvent stored)
    {
        var body = JsonSerializer.Serialize(new { stored.Position, stored.Stream, stored.Type, stored.At, stored.Meta.Actor, Data = (object)stored.Data }, EventRegistry.Json);
        return new StringBuilder().Append("id: ").Append(stored.Position).Append("\nevent: ").Append(stored.Type).Append("\ndata: ").Append(body).Append("\n\n").ToString();
    }
}
