using AgentOps.Ledger;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace AgentOps.Registry;

public static class SealerServices
{
    /// <summary>Seals the ledger, and says in the service's health whether it can be sealed and signed.</summary>
    public static IServiceCollection AddSealer(this IServiceCollection services)
    {
        services.AddHealthChecks().AddCheck<SealingHealth>("sealing");
        return services.AddSingleton<Sealer>().AddHostedService<SealerHost>();
    }
}

/// <summary>Keeps the ledger's Merkle tree at most five seconds behind.</summary>
public sealed class SealerHost(Sealer sealer) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken ct) => sealer.RunAsync(ct);
}

/// <summary>Degraded where events are appended that nobody seals or signs: the rest of the service goes on.</summary>
internal sealed class SealingHealth(Sealer sealer, CheckpointPublisher publisher) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken ct = default) => Task.FromResult(
        sealer.Trouble is { } unsealed ? HealthCheckResult.Degraded($"The ledger cannot be sealed: {unsealed}")
        : publisher.Trouble is { } unsigned ? HealthCheckResult.Degraded($"The ledger is not signed: {unsigned}")
        : HealthCheckResult.Healthy($"signed up to event {publisher.Last?.Size ?? 0}"));
}
