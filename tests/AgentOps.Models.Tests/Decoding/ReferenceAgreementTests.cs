using AgentOps.Models.Decoding;

namespace AgentOps.Models.Tests.Decoding;

public sealed class ReferenceAgreementTests
{
    [Theory]
    [InlineData("qwen3")]
    [InlineData("qwen2")]
    [InlineData("llama")]
    public async Task Log_probabilities_agree_with_the_double_precision_reference(string family)
    {
        var model = RandomModel.Of(family);
        var prompt = EngineRuns.Prompt(5, 37);
        // 37 prompt tokens and 30 sampled ones cross four blocks of 16 positions.
        var answer = await EngineRuns.AskAlone(model.Model, new(prompt, 30, Temperature: 1, Seed: 3, TopLogProbs: model.Config.VocabularySize));
        var reference = new ReferenceForward(model);
        var tokens = prompt.ToList();
        foreach (var token in answer)
        {
            var expected = reference.LogProbs(tokens);
            Assert.Equal(model.Config.VocabularySize, token.Top.Count);
            Assert.All(token.Top, t => Assert.Equal(expected[t.Id], t.LogProb, 1e-4));
            Assert.Equal(expected[token.Id], token.LogProb, 1e-4);
            tokens.Add(token.Id);
        }
    }

    [Theory]
    [InlineData("qwen3")]
    [InlineData("qwen2")]
    [InlineData("llama")]
    public async Task Greedy_tokens_equal_the_reference(string family)
    {
        var model = RandomModel.Of(family);
        var prompt = EngineRuns.Prompt(9, 5);
        var answer = await EngineRuns.AskAlone(model.Model, new(prompt, 40, Temperature: 0));
        Assert.Equal(new ReferenceForward(model).Greedy(prompt, 40), answer.Select(t => t.Id));
    }
}
