using AgentOps.Ledger;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AgentOps.Hosting;

/// <summary>Keeps one view up to date for as long as the service runs; a view that cannot go on stops the service, loudly.</summary>
internal sealed class RunningView(Projection projection, string name, ILogger<RunningView> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        try
        {
            await projection.RunAsync(ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
        }
        catch (Exception stopped)
        {
            log.LogCritical(stopped, "The view {View} stopped; nothing was skipped.", name);
            throw;
        }
    }
}

public static class ViewEndpoints
{
    /// <summary>The header of an answer to a write, and of a read that wants to see it.</summary>
    public const string PositionHeader = "X-Ledger-Position";

    /// <summary>The header that says how many events a list is behind what was asked for.</summary>
    public const string LagHeader = "X-Ledger-Lag";

    /// <summary>Lets a list wait up to two seconds for the position that the caller names, and says how far it lags after that.</summary>
    public static RouteHandlerBuilder ShowsView(this RouteHandlerBuilder endpoint, string view) => endpoint.AddEndpointFilter(async (context, next) =>
    {
        var http = context.HttpContext;
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
