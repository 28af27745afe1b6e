using AgentOps.Contracts;

namespace AgentOps.Ledger.Tests;

public sealed class HandleTests(PrivatePostgres postgres) : LedgerTest(postgres)
{
    private sealed record Sum(int Value);

    private static Sum Evolve(Sum? state, IEvent @event) => new((state?.Value ?? 0) + ((Counted)@event).Number);

    [Fact]
    public async Task Concurrent_handlers_of_one_stream_each_decide_on_the_latest_state()
    {
        // Each of 16 adds 1 + the sum it saw: serially 1, 2, 4, 8 …, so the sum after n is 2^n - 1 only if none missed another.
        LedgerStore[] stores = [Ledger.Store(), Ledger.Store()];
        await Task.WhenAll(Enumerable.Range(0, 16).Select(i => stores[i % 2].HandleAsync<Sum>(
            "training-a", Evolve, state => [new Counted(1 + (state?.Value ?? 0))], Facts.Tester)));

        var folded = await stores[0].FoldAsync<Sum>("training-a", Evolve);
        Assert.Equal((65_535, 16), (folded.State!.Value, folded.Version));
    }

    [Fact]
    public async Task A_message_delivered_twice_at_once_is_appended_once()
    {
        var store = Ledger.Store();
        var context = Facts.Tester with { Causation = Guid.CreateVersion7() };
        using var bothLoaded = new Barrier(2);
        var positions = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() => store.HandleAsync<Sum>(
            "training-a", Evolve, state =>
            {
                if (state is null)
                    bothLoaded.SignalAndWait();
                return [new Counted(5)];
            },
            context))));

        Assert.Equal([1L, 1L], positions);
        Assert.Equal(1, await store.HeadAsync());
    }

    [Fact]
    public async Task Nothing_decided_appends_nothing_and_tells_where_the_stream_stands()
    {
        var store = Ledger.Store();
        Assert.Equal(0, await store.HandleAsync<Sum>("training-a", Evolve, _ => [], Facts.Tester));
        await store.AppendAsync([Facts.Write("training-a", Expected.NoStream, new Counted(1))], Facts.Tester);
        Assert.Equal(1, await store.HandleAsync<Sum>("training-a", Evolve, _ => [], Facts.Tester));
    }
}
