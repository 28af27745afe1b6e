using AgentOps.Models.Decoding;

namespace AgentOps.Models.Tests.Decoding;

/// <summary>A request's tokens and log-probability bits depend on the request and the model alone.</summary>
public sealed class SameBitsTests
{
    private static readonly DecodeRequest Request = new(EngineRuns.Prompt(1, 50), 40, Temperature: 0.9, TopP: 0.95, Seed: 42, TopLogProbs: 3);

    private static DecodeRequest Other(int i) => new(EngineRuns.Prompt(100 + i, 3 + i * 7 % 60), 20 + i, Temperature: 1, Seed: i);

    [Theory]
    [InlineData("qwen3", 1)]
    [InlineData("qwen3", 2)]
    [InlineData("qwen2", 1)]
    [InlineData("qwen2", 2)]
    [InlineData("llama", 1)]
    [InlineData("llama", 2)]
    public async Task Sharing_a_batch_changes_no_bit(string family, int threads)
    {
        var model = RandomModel.Of(family).Model;
        var alone = (await EngineRuns.AskAlone(model, Request)).Bits();
        foreach (var batch in new[] { 2, 3, 5, 8, 17, 32 })
        {
            await using var engine = new DecodingEngine(model, EngineRuns.OnThreads(threads));
            var others = Enumerable.Range(0, batch - 1).Select(i => engine.Ask(Other(i))).ToArray();
            var answer = await engine.Ask(Request);
            await Task.WhenAll(others);
            Assert.Equal(alone, answer.Bits());
            Assert.Equal((await EngineRuns.AskAlone(model, Other(0))).Bits(), (await others[0]).Bits());
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(16)]
    [InlineData(33)]
    public async Task The_size_of_prefill_chunks_changes_no_bit(int rows)
    {
        var model = RandomModel.Qwen3().Model;
        var chunked = await EngineRuns.AskAlone(model, Request, new() { Threads = 1, PrefillRows = rows });
        Assert.Equal((await EngineRuns.AskAlone(model, Request)).Bits(), chunked.Bits());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(40)]
    [InlineData(49)]
    [InlineData(50)]
    public async Task Reusing_a_prefix_changes_no_bit(int shared)
    {
        var model = RandomModel.Qwen3().Model;
        await using var engine = new DecodingEngine(model, EngineRuns.OnThreads(2));
        await engine.Ask(new([.. Request.Prompt.Take(shared), .. EngineRuns.Prompt(77, 5)], 3));
        var before = engine.Statistics.PrefillTokensReused;
        var answer = await engine.Ask(Request);
        Assert.InRange(engine.Statistics.PrefillTokensReused - before, Math.Min(shared, 49), 49);
        Assert.Equal((await EngineRuns.AskAlone(model, Request)).Bits(), answer.Bits());
    }

    [Fact]
    public async Task What_one_prompt_reuses_and_continues_differently_stays_whole_for_the_next()
    {
        var model = RandomModel.Qwen3().Model;
        await using var engine = new DecodingEngine(model, EngineRuns.OnThreads(2));
        await engine.Ask(Request);
        // 37 shared tokens end inside the third block of 16, which all then hold different continuations of, from the next token on: whoever comes behind another that has ended already reuses no more.
        int Other(int i) => (Request.Prompt[37] + 1 + i) % model.Config.VocabularySize;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(i => engine.Ask(new([.. Request.Prompt.Take(37), Other(i), .. EngineRuns.Prompt(50 + i, 19)], 9, Seed: i))));
        var answer = await engine.Ask(Request);
        Assert.Equal(4 * 37 + 49, engine.Statistics.PrefillTokensReused);
        Assert.Equal((await EngineRuns.AskAlone(model, Request)).Bits(), answer.Bits());
    }

    [Fact]
    public async Task A_conversation_on_cached_tokens_equals_one_computed_afresh()
    {
        var model = RandomModel.Qwen3().Model;
        await using var engine = new DecodingEngine(model, EngineRuns.OnThreads(2));
        var tokens = EngineRuns.Prompt(3, 10).ToList();
        for (var turn = 0; turn < 6; turn++)
        {
            var request = new DecodeRequest([.. tokens], 11, Seed: turn, TopLogProbs: 2);
            var answer = await engine.Ask(request);
            Assert.Equal((await EngineRuns.AskAlone(model, request)).Bits(), answer.Bits());
            tokens.AddRange(answer.Select(t => t.Id));
            tokens.AddRange(EngineRuns.Prompt(turn, 4));
        }
        // Each prompt token is computed once, and each answer's last token once more: it is sampled without being computed.
        Assert.Equal(10 + 5 * (4 + 1), engine.Statistics.PrefillTokensComputed);
    }

    [Fact]
    public async Task The_hundredth_answer_has_the_bits_of_the_first()
    {
        // The runtime replaces methods by better compiled ones while they run: no arithmetic may change with that.
        await using var engine = new DecodingEngine(RandomModel.Qwen3().Model, new() { Threads = 1, MaxCachedSequences = 0 });
        var first = (await engine.Ask(Request)).Bits();
        for (var i = 1; i < 100; i++)
            Assert.Equal(first, (await engine.Ask(Request)).Bits());
    }

    [Fact]
    public async Task Streaming_delivers_the_same_bits_as_waiting()
    {
        var model = RandomModel.Qwen3().Model;
        await using var engine = new DecodingEngine(model, EngineRuns.OnThreads(2));
        var streamed = new List<DecodedToken>();
        await foreach (var token in engine.DecodeAsync(Request, CancellationToken.None))
            streamed.Add(token);
        Assert.Equal((await EngineRuns.AskAlone(model, Request)).Bits(), streamed.Bits());
    }
}
