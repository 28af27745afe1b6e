using AgentOps.Ledger;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AgentOps.Registry;

public static class CheckpointServices
{
    /// <summary>Makes the log's key where there is none, so that its public half is known from the start.</summary>
    public static IServiceCollection AddCheckpoints(this IServiceCollection services, string path, string keyFile)
    {
        var folder = new CheckpointFolder(path);
        var signer = folder.Signer(keyFile);
        return services
            .AddSingleton(folder).AddSingleton(signer).AddSingleton(signer.PublicKey)
            .AddSingleton<CheckpointPublisher>().AddHostedService<CheckpointHost>()
            .AddSingleton<EvidenceWriter>();
    }
}

/// <summary>Signs the sealed tree at most five seconds behind the ledger, and keeps what it signed outside the database.</summary>
public sealed class CheckpointHost(CheckpointPublisher publisher) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken ct) => publisher.RunAsync(ct);
}
