using AgentOps.Ledger;
using AgentOps.Proofs;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace AgentOps.Registry;

public static class WitnessServices
{
    /// <summary>Sends every checkpoint to a witness elsewhere, where the settings name one.</summary>
    /// <exception cref="InvalidOperationException">Its address or its key cannot be read.</exception>
    public static IServiceCollection AddWitness(this IServiceCollection services, IConfiguration settings)
    {
        if (settings["AGENTOPS_WITNESS_URL"] is not { Length: > 0 } url)
            return services;
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            throw new InvalidOperationException($"AGENTOPS_WITNESS_URL is '{url}', which is not an address such as https://witness.example.com.");
        var key = Key(settings["AGENTOPS_WITNESS_KEY"]);
        services.AddSingleton(provider => new Witness(new HttpClient(), address, key, provider.GetRequiredService<NpgsqlDataSource>(), provider.GetRequiredService<CheckpointFolder>()));
        services.AddSingleton<WitnessHost>().AddHostedService(provider => provider.GetRequiredService<WitnessHost>());
        services.AddHealthChecks().AddCheck<WitnessHealth>("witness");
        return services;
    }

    private static CosignatureKey Key(string? text)
    {
        try
        {
            return CosignatureKey.Parse(text ?? "");
        }
        catch (FormatException malformed)
        {
            throw new InvalidOperationException($"AGENTOPS_WITNESS_KEY is not the public key of the witness at AGENTOPS_WITNESS_URL: {malformed.Message}", malformed);
        }
    }
}

/// <summary>Follows the signing with the witness's cosignatures. A witness that is away or refuses stops nothing, and it is said how far it is behind.</summary>
public sealed class WitnessHost(LedgerStore ledger, CheckpointPublisher publisher, Witness witness, TimeProvider time, ILogger<WitnessHost> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TryAgainAfter = TimeSpan.FromSeconds(10);
    private string? _trouble;

    /// <summary>Events under the last checkpoint that was cosigned since the start.</summary>
    public long Witnessed { get; private set; }

    /// <summary>It is away, or refused what was sent last.</summary>
    public bool IsInTrouble => _trouble is not null;

    /// <summary>How it stands with the witness, in a sentence.</summary>
    public string State => $"{witness.Name} has cosigned up to event {Witnessed} of {publisher.Last?.Size ?? 0} that are signed{(_trouble is { } trouble ? $": {trouble}" : "")}";

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        while (true)
        {
            await ledger.WaitBeyondAsync(Witnessed, ct);
            await Task.Delay(Pause, time, ct);
            if (publisher.Last is not { } last || last.Size <= Witnessed)
                continue;
            try
            {
                await witness.CosignAsync(last, ct);
                Witnessed = last.Size;
                Say(null);
            }
            catch (Exception cause) when (!ct.IsCancellationRequested)
            {
                Say(cause is OperationCanceledException ? "it does not answer" : cause.Message);
                await Task.Delay(TryAgainAfter, time, ct);
            }
        }
    }

    /// <summary>Said when it changes, not each time.</summary>
    private void Say(string? trouble)
    {
        if (trouble == _trouble)
            return;
        _trouble = trouble;
        log.Log(trouble is null ? LogLevel.Information : LogLevel.Warning, "Witness: {State}", State);
    }
}

/// <summary>Shows how far the witness is behind, degraded where it is away or refuses: it may have seen another past. The ledger goes on without it.</summary>
internal sealed class WitnessHealth(WitnessHost witness) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken ct = default) => Task.FromResult(witness.IsInTrouble ? HealthCheckResult.Degraded(witness.State) : HealthCheckResult.Healthy(witness.State));
}
