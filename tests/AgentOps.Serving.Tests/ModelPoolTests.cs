using System.Collections;
using AgentOps.Contracts;
using AgentOps.Models.Decoding;

namespace AgentOps.Serving.Tests;

public sealed class ModelPoolTests
{
    private static ServingOptions Holding(int models, int patience = 60) => new() { MaxModels = models, PatienceSeconds = patience, Engine = new EngineOptions { Threads = 1, CacheBytes = 8 << 20 } };

    private static async Task<Digest[]> Models(ServingUnderTest serving, int count) =>
        await Task.WhenAll(Enumerable.Range(10, count).Select(seed => TinyModels.StoreAsync(serving.Store, seed)));

    [Fact]
    public async Task The_least_recently_used_idle_model_makes_room()
    {
        await using var serving = await ServingUnderTest.StartAsync(Holding(2));
        var models = await Models(serving, 3);
        foreach (var model in (Digest[])[models[0], models[1], models[0], models[2]])
            (await serving.Pool.RentAsync(model, CancellationToken.None)).Dispose();
        Assert.Equal([models[0], models[2]], serving.Pool.Loaded.OrderBy(m => Array.IndexOf(models, m)));
    }

    [Fact]
    public async Task A_model_in_use_is_not_dropped_and_the_next_one_waits_for_it()
    {
        await using var serving = await ServingUnderTest.StartAsync(Holding(1));
        var models = await Models(serving, 2);
        var first = await serving.Pool.RentAsync(models[0], CancellationToken.None);
        var running = first.Model.Engine.DecodeWholeAsync(new([1, 2, 3], 400), CancellationToken.None);
        var second = serving.Pool.RentAsync(models[1], CancellationToken.None);
        // Behind the waiting one even a request for the loaded model waits its turn, so that a busy model cannot keep others out for ever.
        var third = serving.Pool.RentAsync(models[0], CancellationToken.None);
        Assert.NotEmpty(await running);
        Assert.False(second.IsCompleted || third.IsCompleted);
        first.Dispose();
        (await second).Dispose();
        (await third).Dispose();
        Assert.Equal([models[0]], serving.Pool.Loaded);
    }

    [Fact]
    public async Task Waiting_ends_with_a_sentence()
    {
        await using var serving = await ServingUnderTest.StartAsync(Holding(1, patience: 0));
        var models = await Models(serving, 2);
        using (await serving.Pool.RentAsync(models[0], CancellationToken.None))
            await Assert.ThrowsAsync<PoolBusyException>(() => serving.Pool.RentAsync(models[1], CancellationToken.None));
        (await serving.Pool.RentAsync(models[1], CancellationToken.None)).Dispose();
    }

    [Fact]
    public async Task One_who_leaves_the_line_does_not_block_it()
    {
        await using var serving = await ServingUnderTest.StartAsync(Holding(1));
        var models = await Models(serving, 2);
        using var leaving = new CancellationTokenSource();
        using var first = await serving.Pool.RentAsync(models[0], CancellationToken.None);
        var second = serving.Pool.RentAsync(models[1], leaving.Token);
        var third = serving.Pool.RentAsync(models[0], CancellationToken.None);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        (await third).Dispose();
    }

    [Fact]
    public async Task A_model_whose_engine_has_stopped_is_loaded_anew()
    {
        await using var serving = await ServingUnderTest.StartAsync(Holding(1));
        using (var lease = await serving.Pool.RentAsync(serving.Model, CancellationToken.None))
        {
            await Assert.ThrowsAsync<IOException>(() => lease.Model.Engine.DecodeWholeAsync(new([1, 2, 3], 4, StopTokens: new UnreadableStops()), CancellationToken.None));
            // Whoever still holds the stopped one keeps nobody else from a new one.
            await serving.AskAsync(serving.Question());
        }
        await serving.AskAsync(serving.Question());
        Assert.Equal([serving.Model], serving.Pool.Loaded);
    }

    /// <summary>Breaks the engine's own thread, as a fault of the machine would.</summary>
    private sealed class UnreadableStops : IReadOnlyList<int>
    {
        public int Count => 1;

        public int this[int index] => throw new IOException("no stop tokens");

        public IEnumerator<int> GetEnumerator() => throw new IOException("no stop tokens");

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    [Fact]
    public async Task Many_who_ask_for_the_same_model_share_one_loading()
    {
        await using var serving = await ServingUnderTest.StartAsync(Holding(1));
        var leases = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => serving.Pool.RentAsync(serving.Model, CancellationToken.None)));
        Assert.Single(leases.Select(l => l.Model).Distinct());
        foreach (var lease in leases)
            lease.Dispose();
    }
}
