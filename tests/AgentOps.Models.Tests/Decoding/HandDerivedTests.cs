using AgentOps.Models.Decoding;

namespace AgentOps.Models.Tests.Decoding;

/// <summary>A model of two numbers whose logits can be worked out on paper.</summary>
public sealed class HandDerivedTests
{
    private static readonly ModelConfig Config = new()
    {
        Family = ModelFamily.Llama, HiddenSize = 2, IntermediateSize = 1, Layers = 1, Heads = 1, KeyValueHeads = 1, HeadDim = 2,
        VocabularySize = 2, MaxPositions = 64, RmsNormEps = 1e-12,
    };

    private static DecoderModel Model(float value, float mlp) => DecoderModel.Create(Config, name => name switch
    {
        "model.embed_tokens.weight" => [3, 4, 0, 1],
        "lm_head.weight" => [1, 0, 0, 1],
        "model.layers.0.self_attn.q_proj.weight" or "model.layers.0.self_attn.k_proj.weight" => [0, 0, 0, 0],
        "model.layers.0.self_attn.v_proj.weight" => [value, 0, 0, value],
        "model.layers.0.self_attn.o_proj.weight" => [1, 0, 0, 1],
        "model.layers.0.mlp.gate_proj.weight" or "model.layers.0.mlp.up_proj.weight" => [1, 0],
        "model.layers.0.mlp.down_proj.weight" => [0, mlp],
        _ => [1, 1],
    });

    private static async Task<double> Difference(DecoderModel model, int[] prompt)
    {
        var token = Assert.Single(await EngineRuns.AskAlone(model, new(prompt, 1, TopLogProbs: 2)));
        return token.Top.Single(t => t.Id == 1).LogProb - token.Top.Single(t => t.Id == 0).LogProb;
    }

    [Fact]
    public async Task Without_attention_and_mlp_the_logits_are_the_normalised_embedding()
    {
        // (3, 4) / sqrt((9 + 16) / 2) = (0.848528, 1.131371); the head is the identity, so the logits differ by 0.282843.
        Assert.Equal(0.282843, await Difference(Model(value: 0, mlp: 0), [0]), 1e-5);
    }

    [Fact]
    public async Task Equal_scores_average_the_values_seen_so_far()
    {
        // Prompt (3,4), (0,1). Normalised: (0.848528, 1.131371) and (0, 1.414214); zero queries weigh both 1/2: (0.424264, 1.272792).
        // Residual (0,1) + that = (0.424264, 2.272792); mean square (0.18 + 5.165583) / 2 = 2.672792, root 1.634868; the logits differ by 1.848528 / 1.634868 = 1.130690.
        Assert.Equal(1.130690, await Difference(Model(value: 1, mlp: 0), [0, 1]), 1e-5);
    }

    [Fact]
    public async Task The_mlp_gates_with_silu()
    {
        // Gate and up are both n = 0.848528: silu(n) · n = n² / (1 + e^-n) = 0.72 · 0.700262 = 0.504189. It adds to the second number: (3, 4.504189).
        // Mean square (9 + 20.287719) / 2 = 14.643859, root 3.826730; the logits differ by 1.504189 / 3.826730 = 0.393074.
        Assert.Equal(0.393074, await Difference(Model(value: 0, mlp: 1), [0]), 1e-5);
    }

    [Fact]
    public async Task Probabilities_of_all_tokens_sum_to_one()
    {
        var token = Assert.Single(await EngineRuns.AskAlone(Model(value: 1, mlp: 1), new([0, 1, 1], 1, TopLogProbs: 2)));
        Assert.Equal(1, token.Top.Sum(t => Math.Exp(t.LogProb)), 1e-6);
    }
}
