using AgentOps.Ledger;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AgentOps.Hosting;

/// <summary>
/// Keeps one view up to date for as long as the service runs. A view that meets an event which it cannot use skips nothing: it stands still, says so, refuses to be read, and is tried again;
/// what else the service does goes on. Where only a new process can help, the service stops, loudly.
/// </summary>
internal sealed class RunningView(Projection projection, string name, TimeProvider time, ILogger<RunningView> log) : BackgroundService
{
    private static readonly TimeSpan TryAgainAfter = TimeSpan.FromSeconds(30);

    /// <summary>Why it stands still, until it has got over that; null while it runs.</summary>
    public string? Stopped { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        while (true)
        {
            try
            {
                await projection.RunAsync(() => Stopped = null, ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (SubscriptionStoppedException stopped) when (stopped.OnlyRestartHelps)
            {
                log.LogCritical(stopped, "The view {View} stopped; nothing was skipped.", name);
                throw;
            }
            catch (Exception stopped)
            {
                Stopped = $"The view '{name}' stands still, and is tried again: {stopped.Message}";
                log.LogCritical(stopped, "The view {View} stands still and is tried again in {Seconds} s; nothing was skipped.", name, TryAgainAfter.TotalSeconds);
            }
            await Task.Delay(TryAgainAfter, time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}

/// <summary>A service one of whose views stands still is not well, and works: it must not be stopped for that, nor may what waits for it.</summary>
internal sealed class ViewHealth(RunningView view) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken ct = default) =>
        Task.FromResult(view.Stopped is { } stopped ? HealthCheckResult.Degraded(stopped) : HealthCheckResult.Healthy());
}

public static class ViewEndpoints
{
    /// <summary>The header of an answer to a write, and of a read that wants to see it.</summary>
    public const string PositionHeader = "X-Ledger-Position";

    /// <summary>The header that says how many events a list is behind what was asked for.</summary>
    public const string LagHeader = "X-Ledger-Lag";

    /// <summary>Lets a list wait up to two seconds for the position that the caller names, and says how far it lags after that. Of a view that stands still nothing is shown.</summary>
    public static RouteHandlerBuilder ShowsView(this RouteHandlerBuilder endpoint, string view) => endpoint.AddEndpointFilter(async (context, next) =>
    {
        var http = context.HttpContext;
        if (http.RequestServices.GetKeyedService<RunningView>(view)?.Stopped is { } stopped)
            throw new ProblemException(StatusCodes.Status503ServiceUnavailable, "view-stopped", stopped);
        if (long.TryParse(http.Request.Headers[PositionHeader], out var position) && position > 0)
        {
            var lag = await http.RequestServices.GetRequiredKeyedService<Projection>(view).WaitForAsync(position, ct: http.RequestAborted);
            if (lag > 0)
                http.Response.Headers[LagHeader] = lag.ToString();
        }
        return await next(context);
    });

    /// <summary>Tells the caller up to where to read to see this write.</summary>
    public static void ShowPosition(this HttpContext context, long position) => context.Response.Headers[PositionHeader] = position.ToString();
}
