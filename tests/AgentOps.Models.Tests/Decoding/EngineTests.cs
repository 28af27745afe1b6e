using AgentOps.Models.Decoding;

namespace AgentOps.Models.Tests.Decoding;

public sealed class EngineTests
{
    private static readonly DecoderModel Model = RandomModel.Qwen3().Model;

    private static DecodeRequest Long(int seed) => new(EngineRuns.Prompt(seed, 4), 4000, Seed: seed);

    [Fact]
    public async Task A_request_ends_with_its_number_of_tokens()
    {
        var answer = await EngineRuns.AskAlone(Model, new(EngineRuns.Prompt(1, 4), 7));
        Assert.Equal(7, answer.Count);
        Assert.Equal(FinishReason.Length, answer[^1].Finish);
        Assert.All(answer.SkipLast(1), t => Assert.Null(t.Finish));
    }

    [Fact]
    public async Task A_stop_token_ends_the_request_and_is_delivered()
    {
        var free = await EngineRuns.AskAlone(Model, new(EngineRuns.Prompt(1, 4), 30, Seed: 5));
        var stop = free[9].Id;
        var first = free.Select(t => t.Id).ToList().IndexOf(stop);
        var stopped = await EngineRuns.AskAlone(Model, new(EngineRuns.Prompt(1, 4), 30, Seed: 5, StopTokens: [stop]));
        Assert.Equal(free.Take(first + 1).Select(t => t.Id), stopped.Select(t => t.Id));
        Assert.Equal(FinishReason.Stop, stopped[^1].Finish);
    }

    [Fact]
    public async Task Another_seed_draws_other_tokens()
    {
        var prompt = EngineRuns.Prompt(1, 4);
        var (one, two) = (await EngineRuns.AskAlone(Model, new(prompt, 30, Seed: 1)), await EngineRuns.AskAlone(Model, new(prompt, 30, Seed: 2)));
        Assert.NotEqual(one.Bits(), two.Bits());
    }

    [Theory]
    [InlineData(new int[0], 1, 1.0, 1.0, 0, "no tokens")]
    [InlineData(new[] { 20 }, 1, 1.0, 1.0, 0, "token 20 does not exist")]
    [InlineData(new[] { -1 }, 1, 1.0, 1.0, 0, "token -1 does not exist")]
    [InlineData(new[] { 1 }, 0, 1.0, 1.0, 0, "At least 1 token")]
    [InlineData(new[] { 1 }, 1, -0.1, 1.0, 0, "temperature")]
    [InlineData(new[] { 1 }, 1, double.NaN, 1.0, 0, "temperature")]
    [InlineData(new[] { 1 }, 1, 1.0, 0.0, 0, "top_p")]
    [InlineData(new[] { 1 }, 1, 1.0, 1.1, 0, "top_p")]
    [InlineData(new[] { 1 }, 1, 1.0, 1.0, 21, "log-probabilities")]
    public async Task A_wrong_parameter_is_refused_with_a_sentence(int[] prompt, int maxTokens, double temperature, double topP, int top, string said)
    {
        var refusal = await Assert.ThrowsAsync<ArgumentException>(() => EngineRuns.AskAlone(Model, new(prompt, maxTokens, temperature, topP, 0, null, top)));
        Assert.Contains(said, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prompt_and_new_tokens_must_fit_the_context()
    {
        await using var engine = new DecodingEngine(Model, new() { Threads = 1, MaxContext = 20 });
        Assert.Equal(15, (await engine.Ask(new(EngineRuns.Prompt(1, 5), 15))).Count);
        var refusal = await Assert.ThrowsAsync<ContextLengthException>(() => engine.Ask(new(EngineRuns.Prompt(1, 5), 16)));
        Assert.Contains("20 tokens", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_queue_refuses_and_cancelling_frees_the_slot()
    {
        await using var engine = new DecodingEngine(Model, new() { Threads = 1, MaxBatch = 1, MaxQueue = 1 });
        using var leaving = new CancellationTokenSource();
        await using var running = engine.DecodeAsync(Long(1), leaving.Token).GetAsyncEnumerator();
        Assert.True(await running.MoveNextAsync());
        var waiting = engine.Ask(new(EngineRuns.Prompt(2, 3), 5));
        await Assert.ThrowsAsync<QueueFullException>(() => engine.Ask(new(EngineRuns.Prompt(3, 3), 5)));
        await leaving.CancelAsync();
        Assert.Equal(5, (await waiting).Count);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            while (await running.MoveNextAsync()) { }
        });
    }

    [Fact]
    public async Task Leaving_the_enumeration_frees_the_slot()
    {
        await using var engine = new DecodingEngine(Model, new() { Threads = 1, MaxBatch = 1 });
        await foreach (var _ in engine.DecodeAsync(Long(1), CancellationToken.None))
            break;
        Assert.Equal(3, (await engine.Ask(new(EngineRuns.Prompt(2, 3), 3))).Count);
        Assert.InRange(engine.Statistics.DecodedTokens, 4, 3999);
    }

    [Fact]
    public async Task A_request_cancelled_while_it_waits_never_runs()
    {
        await using var engine = new DecodingEngine(Model, new() { Threads = 1, MaxBatch = 1 });
        using var leaving = new CancellationTokenSource();
        await using var running = engine.DecodeAsync(Long(1), CancellationToken.None).GetAsyncEnumerator();
        Assert.True(await running.MoveNextAsync());
        var waiting = engine.DecodeWholeAsync(Long(2), leaving.Token);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(0, engine.Statistics.Queued);
    }

    [Fact]
    public async Task An_already_cancelled_request_ends_at_once()
    {
        await using var engine = new DecodingEngine(Model, new() { Threads = 1 });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => engine.DecodeWholeAsync(Long(1), new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task Closing_the_engine_ends_running_and_later_requests()
    {
        var engine = new DecodingEngine(Model, EngineRuns.OnThreads(2));
        var running = engine.Ask(Long(1));
        await engine.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => running);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => engine.Ask(Long(2)));
    }

    [Fact]
    public async Task Requests_are_batched()
    {
        await using var engine = new DecodingEngine(Model, new() { Threads = 2, MaxBatch = 8 });
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => engine.Ask(new(EngineRuns.Prompt(i, 4), 200, Seed: i))));
        var statistics = engine.Statistics;
        Assert.Equal(8, statistics.PeakBatch);
        Assert.Equal(20 * 200, statistics.DecodedTokens);
        Assert.Equal(20 * 4, statistics.PrefillTokensComputed + statistics.PrefillTokensReused);
        Assert.InRange(statistics.Steps, 1, 20 * 200 / 2);
    }

    [Fact]
    public async Task A_damaged_model_fails_its_request_and_not_the_engine()
    {
        var random = RandomModel.Llama();
        var poisoned = DecoderModel.Create(random.Config, name =>
        {
            var values = (float[])random.Tensors[name].Clone();
            if (name == "model.embed_tokens.weight")
                values[7 * random.Config.HiddenSize] = float.NaN;
            return values;
        });
        await using var engine = new DecodingEngine(poisoned, EngineRuns.OnThreads(2));
        await Assert.ThrowsAsync<NonFiniteLogitsException>(() => engine.Ask(new([1, 7], 3)));
        var clean = new DecodeRequest([1, 2, 3], 1);
        Assert.Equal((await EngineRuns.AskAlone(random.Model, clean)).Bits(), (await engine.Ask(clean)).Bits());
    }

    [Fact]
    public void A_tensor_of_the_wrong_size_is_refused_by_name()
    {
        var random = RandomModel.Qwen3();
        var refusal = Assert.Throws<ModelFormatException>(() => DecoderModel.Create(random.Config, name => name.Contains("up_proj", StringComparison.Ordinal) ? [1] : random.Tensors[name]));
        Assert.Contains("model.layers.0.mlp.up_proj.weight", refusal.Message, StringComparison.Ordinal);
    }
}
