using AgentOps.Contracts;
using AgentOps.Exports.Tests;
using AgentOps.Hosting;
using AgentOps.Ledger;
using AgentOps.Tests;
using Microsoft.Extensions.DependencyInjection;

namespace AgentOps.Registry.Tests;

public sealed class when_files_grow_old : IAsyncLifetime
{
    private readonly RegistryService _registry = new();
    private readonly LaterTime _time = new();

    public Task InitializeAsync() => _registry.InitializeAsync();

    public Task DisposeAsync() => _registry.DisposeAsync();

    [Fact]
    public async Task They_are_deleted_by_an_event_that_says_why_where_nothing_registered_is_made_of_them_and_not_a_day_sooner()
    {
        // The sample's run ended before this one and has registered two versions.
        var run = RunId.Create();
        var submitted = _registry.Sample.Select(fact => fact.Data).OfType<RunSubmitted>().Single() with { Run = run };
        await _registry.AppendAsync(run, submitted, new RunFailed(run, "base", "no disk"));
        await using var service = await _registry.StartAsync(new(), Add, "--AGENTOPS_KEEP_FILES_DAYS=30", "--Registry:RetentionEvery=00:00:01");
        var ledger = service.Services.GetRequiredService<LedgerStore>();
        Assert.Equal(0, await service.Services.GetRequiredKeyedService<Projection>("ended-runs").WaitForAsync(await ledger.HeadAsync(), Patience.Limit));

        _time.Days = 29;
        Assert.Empty(await service.Services.GetRequiredService<Retention>().PassAsync(CancellationToken.None));
        Assert.Empty(await DeletionOfAsync(run));

        _time.Days = 31;
        var deletion = await Patience.UntilAsync("the deletion", async () => await DeletionOfAsync(run) is { Count: 2 } both ? both : null);
        Assert.Equal(new DeletionRequested(run, "It ended more than 30 days ago.", "service:registry"), deletion[0]);
        Assert.Equal(new DeletionCompleted(run, 0, 0), deletion[1]);
        Assert.Empty(await DeletionOfAsync(SampleLineage.Run));

        async Task<List<IEvent>> DeletionOfAsync(RunId of) => await ledger.ReadStreamAsync(of.DeletionStream()).Select(stored => stored.Data).ToListAsync();
    }

    private void Add(ServiceHost host)
    {
        host.UseQueue<DeletionConsumer>(Topology.Deletions);
        host.UseView(ModelView.Definition);
        host.UseView(EndedRuns.Definition);
        host.Services.AddSingleton<Withdrawals>().AddSingleton<RunFiles>().AddSingleton<TimeProvider>(_time).AddRetention(host.Configuration);
    }

    /// <summary>Some days ahead of the clock by which the ledger says when a run ended.</summary>
    private sealed class LaterTime : TimeProvider
    {
        public int Days { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromDays(Days);
    }
}
