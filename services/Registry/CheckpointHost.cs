using AgentOps.Artifacts;
using AgentOps.Ledger;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace AgentOps.Registry;

public static class CheckpointServices
{
    /// <summary>Makes the log's key where there is none, so that its public half is known from the start.</summary>
    public static IServiceCollection AddCheckpoints(this IServiceCollection services, string path, string keyFile)
    {
        var folder = new CheckpointFolder(path);
        var signer = folder.Signer(keyFile);
        return services
            .AddSingleton(provider => new CheckpointPublisher(provider.GetRequiredService<NpgsqlDataSource>(), folder, signer))
            .AddSingleton(provider => new EvidenceWriter(provider.GetRequiredService<NpgsqlDataSource>(), provider.GetRequiredService<ArtifactStore>(), signer.PublicKey))
            .AddHostedService<CheckpointHost>();
    }
}

/// <summary>Signs the sealed tree at most five seconds behind the ledger, and keeps what it signed outside the database.</summary>
public sealed class CheckpointHost(LedgerStore ledger, CheckpointPublisher publisher, ILogger<CheckpointHost> log) : BackgroundService
{
    // The sealer is a second behind; together they stay below the promised five.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan RefuseAgainAfter = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        var size = 0L;
        while (true)
        {
            await ledger.WaitBeyondAsync(size, ct);
            await Task.Delay(Pause, ct);
            try
            {
                size = await publisher.PublishAsync(ct);
            }
            catch (CheckpointRefusedException refused)
            {
                log.LogCritical("{Reason}", refused.Message);
                await Task.Delay(RefuseAgainAfter, ct);
            }
            catch (Exception cause) when (!ct.IsCancellationRequested)
            {
                // A folder that cannot be written must not take promotions and lineage with it.
                log.LogError(cause, "The ledger's tree could not be signed and is tried again");
            }
        }
    }
}
