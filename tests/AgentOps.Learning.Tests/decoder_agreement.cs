using AgentOps.Environments;
using AgentOps.Models;
using AgentOps.Models.Decoding;
using static TorchSharp.torch;

namespace AgentOps.Learning.Tests;

public sealed class Decoder_agreement
{
    [Theory]
    [InlineData(ModelFamily.Qwen3, false)]
    [InlineData(ModelFamily.Qwen2, true)]
    [InlineData(ModelFamily.Llama, false)]
    public async Task The_managed_decoder_says_the_same_greedily_and_with_log_probabilities_within_one_in_ten_thousand(ModelFamily family, bool tied)
    {
        using var policy = Tiny.Policy(family: family, tied: tied);
        await using var engine = new DecodingEngine(DecoderModel.Create(policy.Snapshot()), new EngineOptions { Threads = 1 });
        var rng = new Rng(3);
        for (var round = 0; round < 5; round++)
        {
            int[] prompt = [.. Enumerable.Range(0, 1 + rng.Below(20)).Select(_ => rng.Below(Tiny.Vocabulary))];

            var decoded = await engine.DecodeWholeAsync(new DecodeRequest(prompt, MaxTokens: 30, Temperature: 0), CancellationToken.None);

            var (tokens, logProbs) = Greedy(policy, prompt, decoded.Count);
            Assert.Equal(30, decoded.Count);
            Assert.Equal(tokens, decoded.Select(token => token.Id));
            Tiny.Close(logProbs, [.. decoded.Select(token => token.LogProb)], 1e-4);
        }
    }

    [Fact]
    public async Task They_say_the_same_with_a_stretched_rope_and_another_thing_than_without()
    {
        // Of the two pairs of each head one turns once in 20 positions and is stretched, the other not.
        using var plain = Tiny.Policy(family: ModelFamily.Llama);
        using var policy = new Policy((plain.Transformer.Config with { RopeTheta = 10, RopeScaling = new(4, 1, 4, 8) }).Checked(), Tiny.Tokenizer);
        Initialisation.Apply(policy.Transformer, seed: 1);
        using var unstretched = new Policy((policy.Transformer.Config with { RopeScaling = null }).Checked(), Tiny.Tokenizer);
        Initialisation.Apply(unstretched.Transformer, seed: 1);
        await using var engine = new DecodingEngine(DecoderModel.Create(policy.Snapshot()), new EngineOptions { Threads = 1 });
        int[] prompt = [.. Enumerable.Range(10, 20)];

        var decoded = await engine.DecodeWholeAsync(new DecodeRequest(prompt, MaxTokens: 20, Temperature: 0), CancellationToken.None);

        var (tokens, logProbs) = Greedy(policy, prompt, 20);
        Assert.Equal(tokens, decoded.Select(token => token.Id));
        Tiny.Close(logProbs, [.. decoded.Select(token => token.LogProb)], 1e-4);
        Assert.True(logProbs.Zip(Greedy(unstretched, prompt, 20).LogProbs, (a, b) => Math.Abs(a - b)).Max() > 1e-3, "the stretching says nothing");
    }

    /// <summary>Greedy decoding with the transformer, the whole sequence anew for each token.</summary>
    private static (int[] Tokens, float[] LogProbs) Greedy(Policy policy, int[] prompt, int count)
    {
        using var frozen = no_grad();
        var (ids, logProbs) = (new List<long>(prompt.Select(id => (long)id)), new List<float>());
        for (var i = 0; i < count; i++)
        {
            using var scope = NewDisposeScope();
            var last = policy.Transformer.call(tensor(ids.ToArray(), [1, ids.Count])).select(1, ids.Count - 1).log_softmax(-1);
            ids.Add(last.argmax(-1).ToInt64());
            logProbs.Add(Numbers.Of(last)[(int)ids[^1]]);
        }
        return ([.. ids.Skip(prompt.Length).Select(id => (int)id)], [.. logProbs]);
    }
}
