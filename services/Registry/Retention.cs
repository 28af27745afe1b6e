using System.Globalization;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace AgentOps.Registry;

/// <summary>How long the files of a run are kept of which nothing registered is made.</summary>
/// <param name="Keep">From the run's end on.</param>
/// <param name="Every">How often is looked for older ones.</param>
public sealed record RetentionOptions(TimeSpan Keep, TimeSpan Every)
{
    private const double LongestDays = 36500;

    /// <summary>Null where the files are kept for ever.</summary>
    /// <exception cref="InvalidOperationException">The number of days cannot be read.</exception>
    public static RetentionOptions? Of(IConfiguration settings) => settings["AGENTOPS_KEEP_FILES_DAYS"] is not { Length: > 0 } days ? null
        : double.TryParse(days, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= LongestDays
            ? new(TimeSpan.FromDays(number), settings.GetValue("Registry:RetentionEvery", TimeSpan.FromHours(1)))
            : throw new InvalidOperationException($"AGENTOPS_KEEP_FILES_DAYS is '{days}': expected a number of days above 0, such as 180, or nothing to keep files for ever.");
}

/// <summary>Asks for the deletion of files that are older than they are to be kept, as an administrator would: what is needed is refused to it as well.</summary>
public sealed class Retention(NpgsqlDataSource db, LedgerStore ledger, RunFiles files, TimeProvider time, RetentionOptions options)
{
    private static readonly Caller Self = Caller.Service("registry");

    /// <returns>The runs whose files are to go.</returns>
    public async Task<IReadOnlyList<RunId>> PassAsync(CancellationToken ct)
    {
        var asked = new List<RunId>();
        foreach (var run in await EndedRuns.BeforeAsync(db, time.GetUtcNow() - options.Keep, ct))
            if (!await IsNeededAsync(run, ct))
            {
                DeletionRequested request = new(run, string.Create(CultureInfo.InvariantCulture, $"It ended more than {options.Keep.TotalDays:0.###} days ago."), Self.Actor);
                await ledger.HandleAsync<Deletion>(run.DeletionStream(), Deletion.Evolve, state => Deletion.Request(state, request), Self.Asks(run), ct);
                asked.Add(run);
            }
        return asked;
    }

    private async Task<bool> IsNeededAsync(RunId run, CancellationToken ct)
    {
        try
        {
            await files.RefuseNeededAsync(run, ct);
            return false;
        }
        catch (ProblemException needed) when (needed.Status == StatusCodes.Status409Conflict)
        {
            return true;
        }
    }
}

/// <summary>Looks for files that are too old, as long as the service runs.</summary>
public sealed class RetentionHost(Retention retention, RetentionOptions options, TimeProvider time, ILogger<RetentionHost> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(options.Every, time);
        do
        {
            try
            {
                if (await retention.PassAsync(ct) is { Count: > 0 } asked)
                    log.LogInformation("The files of {Count} runs are older than {Days} days and are deleted: {Runs}", asked.Count, options.Keep.TotalDays, string.Join(", ", asked));
            }
            catch (Exception failure) when (!ct.IsCancellationRequested)
            {
                // A view is not built yet, the database is away, an event cannot be read: the next time is soon enough, and nothing else ends for it.
                log.LogWarning("Files that are too old could not be looked for: {Reason}", failure.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(ct));
    }
}

public static class RetentionServices
{
    /// <summary>Deletes what is too old, where the settings say how long files are kept.</summary>
    public static IServiceCollection AddRetention(this IServiceCollection services, IConfiguration settings) =>
        RetentionOptions.Of(settings) is { } options ? services.AddSingleton(options).AddSingleton<Retention>().AddHostedService<RetentionHost>() : services;
}
