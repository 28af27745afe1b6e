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
        var keys = new LogKeys(folder, keyFile);
        return services
            .AddSingleton(folder).AddSingleton(keys)
            // Whoever verifies begins with the first key; whoever signs asks each time, since the key may have been rotated.
            .AddSingleton(keys.First).AddTransient(_ => keys.Current)
            .AddSingleton<CheckpointPublisher>().AddHostedService<CheckpointHost>()
            .AddSingleton<EvidenceTree>().AddSingleton<EvidenceWriter>();
    }
}

/// <summary>Signs the sealed tree at most five seconds behind the ledger, and keeps what it signed outside the database.</summary>
public sealed class CheckpointHost(CheckpointPublisher publisher) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken ct) => publisher.RunAsync(ct);
}
