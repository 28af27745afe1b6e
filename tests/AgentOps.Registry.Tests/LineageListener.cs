using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AgentOps.Registry.Tests;

/// <summary>A real OpenLineage endpoint on this machine: it refuses as long as it is told to, and remembers what it took.</summary>
internal sealed class LineageListener : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _refusals;

    private LineageListener(WebApplication app) => _app = app;

    /// <summary>What was taken, in the order of its coming.</summary>
    public ConcurrentQueue<string> Taken { get; } = new();

    /// <summary>What was refused.</summary>
    public ConcurrentQueue<string> Refused { get; } = new();

    public ConcurrentQueue<string> Authorizations { get; } = new();

    public string Address => _app.Urls.Single();

    /// <param name="port">0: any.</param>
    public static async Task<LineageListener> StartAsync(int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        var listener = new LineageListener(builder.Build());
        listener._app.MapPost("/api/v1/lineage", listener.TakeAsync);
        await listener._app.StartAsync();
        return listener;
    }

    /// <summary>The next so many are refused.</summary>
    public void Refuse(int times) => Interlocked.Exchange(ref _refusals, times);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task<IResult> TakeAsync(HttpRequest request)
    {
        using var body = new StreamReader(request.Body);
        var told = await body.ReadToEndAsync();
        Authorizations.Enqueue(request.Headers.Authorization.ToString());
        if (Interlocked.Decrement(ref _refusals) >= 0)
        {
            Refused.Enqueue(told);
            // As careless endpoints do, it repeats what it was sent.
            return Results.Text($"not now, {request.Headers.Authorization}", statusCode: StatusCodes.Status503ServiceUnavailable);
        }
        Taken.Enqueue(told);
        return Results.StatusCode(StatusCodes.Status201Created);
    }
}
