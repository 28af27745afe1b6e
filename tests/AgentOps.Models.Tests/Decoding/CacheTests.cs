using AgentOps.Models.Decoding;

namespace AgentOps.Models.Tests.Decoding;

public sealed class CacheTests
{
    // One block of 16 positions of this model: 3 layers x 2 heads x (16 of the key + 16 of the value padded to 32) x 16 positions x 4 bytes = 18,432 bytes.
    private const int BlockBytes = 18_432;
    private static readonly DecoderModel Model = RandomModel.Qwen3().Model;

    private static DecodeRequest Of(int seed, int length = 30) => new(EngineRuns.Prompt(seed, length), 2);

    [Fact]
    public async Task The_least_recently_used_prefix_makes_room()
    {
        // A request of 30 + 2 tokens holds 2 blocks: 6 blocks keep three finished ones.
        await using var engine = new DecodingEngine(Model, new() { Threads = 1, CacheBytes = 6 * BlockBytes });
        await engine.Ask(Of(1));
        await engine.Ask(Of(2));
        await engine.Ask(Of(3));
        Assert.Equal(29, await Reused(engine, Of(1)));
        await engine.Ask(Of(4));
        Assert.Equal(0, await Reused(engine, Of(2)));
        Assert.Equal(29, await Reused(engine, Of(1)));
    }

    [Fact]
    public async Task Requests_beyond_the_memory_wait_for_their_turn()
    {
        await using var engine = new DecodingEngine(Model, new() { Threads = 1, CacheBytes = 3 * BlockBytes });
        await Task.WhenAll(Enumerable.Range(0, 12).Select(i => engine.Ask(Of(i, length: 25))));
        Assert.Equal(1, engine.Statistics.PeakBatch);
        Assert.Equal(24, engine.Statistics.DecodedTokens);
    }

    [Fact]
    public async Task A_request_that_can_never_fit_the_memory_is_refused()
    {
        await using var engine = new DecodingEngine(Model, new() { Threads = 1, CacheBytes = 3 * BlockBytes });
        await Assert.ThrowsAsync<ContextLengthException>(() => engine.Ask(Of(1, length: 47)));
        Assert.Equal(2, (await engine.Ask(Of(1, length: 46))).Count);
    }

    [Fact]
    public void Memory_for_no_position_at_all_is_refused()
    {
        var refusal = Assert.Throws<ArgumentException>(() => new DecodingEngine(Model, new() { CacheBytes = BlockBytes - 1 }));
        Assert.Contains($"{BlockBytes}", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Memory_for_one_request_still_reuses_what_a_longer_prompt_extends()
    {
        await using var engine = new DecodingEngine(Model, new() { Threads = 1, CacheBytes = 3 * BlockBytes });
        await engine.Ask(Of(1, length: 20));
        var longer = new DecodeRequest([.. EngineRuns.Prompt(1, 20), .. EngineRuns.Prompt(8, 10)], 2, TopLogProbs: 1);
        Assert.Equal((await EngineRuns.AskAlone(Model, longer)).Bits(), (await engine.Ask(longer)).Bits());
        Assert.InRange(engine.Statistics.PrefillTokensReused, 20, 21);
    }

    [Fact]
    public async Task A_prefix_that_fills_the_memory_is_reused_in_place()
    {
        // 46 + 2 tokens fill all 3 blocks; the next prompt shares 40 of them, which ends inside the third block, and there is no fourth to copy it to.
        await using var engine = new DecodingEngine(Model, new() { Threads = 1, CacheBytes = 3 * BlockBytes });
        await engine.Ask(Of(1, length: 46));
        var next = new DecodeRequest([.. EngineRuns.Prompt(1, 40), .. EngineRuns.Prompt(8, 6)], 2, TopLogProbs: 1);
        Assert.Equal((await EngineRuns.AskAlone(Model, next)).Bits(), (await engine.Ask(next)).Bits());
        Assert.InRange(engine.Statistics.PrefillTokensReused, 40, 41);
    }

    [Fact]
    public async Task Without_cached_sequences_nothing_is_reused()
    {
        await using var engine = new DecodingEngine(Model, new() { Threads = 1, MaxCachedSequences = 0 });
        await engine.Ask(Of(1));
        Assert.Equal(0, await Reused(engine, Of(1)));
    }

    private static async Task<long> Reused(DecodingEngine engine, DecodeRequest request)
    {
        var before = engine.Statistics.PrefillTokensReused;
        await engine.Ask(request);
        return engine.Statistics.PrefillTokensReused - before;
    }
}
