using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using AgentOps.Subjects;
using AgentOps.Tests;
using Microsoft.Extensions.DependencyInjection;

namespace AgentOps.Registry.Tests;

/// <summary>Nobody consumes Registry's queues here: as where the broker was lost with what it held.</summary>
public sealed class when_a_request_was_left_undone : IAsyncLifetime
{
    private readonly LaterTime _time = new();
    private ServiceInfrastructure _infrastructure = null!;

    public async Task InitializeAsync()
    {
        _infrastructure = await ServiceInfrastructure.StartAsync();
        var host = ServiceHost.Create(_infrastructure.Settings("registry"), "registry");
        host.UseSubjectKeys();
        host.UseView(RecordView.Definition);
        host.UseView(LineageView.Definition);
        host.UseView(ModelView.Definition);
        host.Services.AddSingleton<ErasureConsumer>().AddSingleton<DeletionConsumer>().AddSingleton<Withdrawals>().AddSingleton<RunFiles>().AddSingleton<LeftUndone>().AddSingleton<TimeProvider>(_time);
        await _infrastructure.StartAsync(host);
    }

    public async Task DisposeAsync() => await _infrastructure.DisposeAsync();

    [Fact]
    public async Task It_is_done_once_a_wake_up_would_long_have_come_and_only_once()
    {
        var keys = _infrastructure.Service.Services.GetRequiredService<SubjectKeys>();
        keys.ToWrite("grace");
        var subject = Reference.To(ReferenceKind.Subject, "grace");
        var withdrawal = WithdrawalId.Of(subject);
        var facts = new PipelineFacts(RunId.Create());
        facts.Submitted("ada");
        var run = facts.Run;
        foreach (var fact in facts.All)
            await _infrastructure.AppendAsync(fact.Service.Replace('-', '_'), fact.Run, fact.Stream, fact.Data);
        await _infrastructure.AppendAsync("pipeline", run, run.Stream(), new RunFailed(run, "base", "no disk"));
        await AskAsync(withdrawal.Stream(), new Withdrawn(withdrawal, subject, "asked for", "ada", [], []), new ErasureRequested(withdrawal, "grace", "asked for", "ada"));
        await AskAsync(run.DeletionStream(), new DeletionRequested(run, "no longer needed", "ada"));
        await SeenAsync();
        var undone = _infrastructure.Service.Services.GetRequiredService<LeftUndone>();

        Assert.Empty(await undone.PassAsync(CancellationToken.None));
        Assert.False(keys.IsErased("grace"));

        // Files of a run that ended less than an hour ago are left alone.
        _time.Ahead = TimeSpan.FromHours(2);
        Assert.Equal(2, (await undone.PassAsync(CancellationToken.None)).Count);
        Assert.True(keys.IsErased("grace"));
        Assert.Equal(1, await CountAsync<ErasureCompleted>(withdrawal.Stream()));
        Assert.Equal(new DeletionCompleted(run, 0, 0), (await _infrastructure.Ledger.ReadStreamAsync(run.DeletionStream()).LastAsync()).Data);

        await SeenAsync();
        Assert.Empty(await undone.PassAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_key_that_was_erased_and_came_back_with_a_copy_is_erased_again()
    {
        var keys = _infrastructure.Service.Services.GetRequiredService<SubjectKeys>();
        var subject = Reference.To(ReferenceKind.Subject, "barbara");
        var withdrawal = WithdrawalId.Of(subject);
        await AskAsync(withdrawal.Stream(), new Withdrawn(withdrawal, subject, "asked for", "ada", [], []), new ErasureRequested(withdrawal, "barbara", "asked for", "ada"), new ErasureCompleted(withdrawal, "barbara"));
        // The copy is older than the erasure: the key is in it, and nothing that says it is gone.
        keys.ToWrite("barbara");
        await SeenAsync();

        Assert.Empty(await _infrastructure.Service.Services.GetRequiredService<LeftUndone>().PassAsync(CancellationToken.None));

        Assert.Equal((true, false), (keys.IsErased("barbara"), keys.HasKey("barbara")));
    }

    [Fact]
    public async Task What_cannot_be_done_keeps_nothing_else_from_being_done()
    {
        // A deletion of a run that the ledger does not know fails each time.
        var keys = _infrastructure.Service.Services.GetRequiredService<SubjectKeys>();
        keys.ToWrite("linus");
        var subject = Reference.To(ReferenceKind.Subject, "linus");
        var (withdrawal, unknown) = (WithdrawalId.Of(subject), RunId.Create());
        await AskAsync(unknown.DeletionStream(), new DeletionRequested(unknown, "no longer needed", "ada"));
        await AskAsync(withdrawal.Stream(), new Withdrawn(withdrawal, subject, "asked for", "ada", [], []), new ErasureRequested(withdrawal, "linus", "asked for", "ada"));
        await SeenAsync();
        _time.Ahead = TimeSpan.FromHours(2);

        var done = await _infrastructure.Service.Services.GetRequiredService<LeftUndone>().PassAsync(CancellationToken.None);

        Assert.Single(done);
        Assert.True(keys.IsErased("linus"));
    }

    private Task AskAsync(string stream, params IEvent[] facts) => _infrastructure.AppendAsync("registry", RunId.Create(), stream, facts);

    private async Task SeenAsync()
    {
        foreach (var view in (string[])[RecordView.Name, "lineage", "models"])
            Assert.Equal(0, await _infrastructure.Service.Services.GetRequiredKeyedService<Projection>(view).WaitForAsync(await _infrastructure.Ledger.HeadAsync(), Patience.Limit));
    }

    private async Task<int> CountAsync<T>(string stream) => await _infrastructure.Ledger.ReadStreamAsync(stream).CountAsync(stored => stored.Data is T);

    private sealed class LaterTime : TimeProvider
    {
        public TimeSpan Ahead { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead;
    }
}
