using AgentOps.Ledger;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AgentOps.Hosting;

/// <summary><c>/alive</c>: the process answers. <c>/health</c>: the ledger can be read and the bus is connected; what goes wrong without stopping the service, such as a view that stands still, is said there as degraded.</summary>
internal static class Health
{
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapHealthChecks("/alive", new HealthCheckOptions { Predicate = _ => false });
        app.MapHealthChecks("/health", new HealthCheckOptions { ResponseWriter = WriteAsync });
    }

    private static Task WriteAsync(HttpContext context, HealthReport report) => context.Response.WriteAsJsonAsync(new
    {
        status = report.Status.ToString(),
        checks = report.Entries.ToDictionary(entry => entry.Key, entry => entry.Value.Description ?? entry.Value.Status.ToString()),
    });
}

internal sealed class LedgerHealth(LedgerStore ledger) : IHealthCheck
{
    // A read is patient with a database that is away; whoever asks for a service's health wants to know it now.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken ct = default)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        try
        {
            return HealthCheckResult.Healthy($"position {await ledger.HeadAsync(patience.Token)}");
        }
        catch (Npgsql.NpgsqlException failure)
        {
            return HealthCheckResult.Unhealthy($"The ledger cannot be read: {failure.Message}");
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return HealthCheckResult.Unhealthy($"The ledger did not answer within {Patience.TotalSeconds:0} s.");
        }
    }
}
