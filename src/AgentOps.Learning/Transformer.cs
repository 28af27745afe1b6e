using AgentOps.Models;
using AgentOps.Torch.Kernels;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using F = TorchSharp.torch.nn.functional;

namespace AgentOps.Learning;

// Fields and submodules carry Hugging Face's names: they become the tensors' names in state_dict and in model.safetensors.

/// <summary>A decoder of the Qwen3 shape (RMSNorm, rotary embedding, grouped-query attention, SwiGLU); Qwen2's biases and Llama's lack of q/k norms by configuration.</summary>
public sealed class Transformer : Module<Tensor, Tensor>
{
    private readonly DecoderStack model;
    private readonly Linear? lm_head;
    private readonly Linear? score;

    /// <summary>All weights are zero (gains: one) until they are initialised or loaded.</summary>
    /// <param name="isQuantised">The linear maps of the blocks hold no parameter, but four bits for each weight.</param>
    public Transformer(ModelConfig config, bool isQuantised = false) : base(nameof(Transformer))
    {
        Config = config;
        model = new DecoderStack(config, isQuantised);
        lm_head = config.HasHead ? Linear(config.HiddenSize, config.VocabularySize, hasBias: false) : null;
        score = config.Score is null ? null : Linear(config.HiddenSize, 1, hasBias: false);
        RegisterComponents();
    }

    public ModelConfig Config { get; }

    /// <param name="ids">int64 [B, T].</param>
    /// <returns>Logits [B, T, V].</returns>
    public override Tensor forward(Tensor ids) => Head(Hidden(ids));

    /// <param name="ids">int64 [B, T].</param>
    /// <param name="packing">Of one row, B = 1; null: each row is one sequence.</param>
    /// <returns>The last layer's normalised output, [B, T, hidden].</returns>
    public Tensor Hidden(Tensor ids, Packing? packing = null)
    {
        Shape.Is(ids, -1, -1);
        if (packing is not null)
            Shape.Same(ids, packing.Segments);
        return model.Of(ids, packing);
    }

    /// <param name="hidden">[..., hidden].</param>
    /// <returns>Logits [..., V].</returns>
    /// <exception cref="InvalidOperationException">It is a reward model.</exception>
    public Tensor Head(Tensor hidden) => score is null
        ? F.linear(hidden, lm_head?.weight ?? model.Embedding)
        : throw new InvalidOperationException("A reward model says no next token.");

    /// <summary>A reward model's one number.</summary>
    /// <param name="hidden">[M, hidden].</param>
    /// <returns>[M].</returns>
    /// <exception cref="InvalidOperationException">It is a language model.</exception>
    public Tensor Score(Tensor hidden) => score is null
        ? throw new InvalidOperationException("A language model has no score.")
        : F.linear(hidden, score.weight).squeeze(1);
}

/// <summary>Embedding, blocks and the last norm.</summary>
internal sealed class DecoderStack : Module
{
    private readonly Embedding embed_tokens;
    private readonly ModuleList<DecoderBlock> layers;
    private readonly RmsNorm norm;
    private readonly long _headSize;
    private readonly double _theta;
    private readonly Func<double, double>? _stretched;

    public DecoderStack(ModelConfig config, bool isQuantised) : base(nameof(DecoderStack))
    {
        embed_tokens = Embedding(config.VocabularySize, config.HiddenSize);
        layers = ModuleList(Enumerable.Range(0, config.Layers).Select(_ => new DecoderBlock(config, isQuantised)).ToArray());
        norm = new RmsNorm(config.HiddenSize, config.RmsNormEps);
        (_headSize, _theta, _stretched) = (config.HeadDim, config.RopeTheta, config.RopeScaling is { } rope ? rope.Of : null);
        RegisterComponents();
    }

    public Parameter Embedding => embed_tokens.weight;

    public Tensor Of(Tensor ids, Packing? packing)
    {
        var x = embed_tokens.call(ids);
        using var positions = RotaryTable.Of(packing?.Positions ?? arange(ids.shape[1], device: ids.device), _headSize, _theta, _stretched);
        foreach (var layer in layers)
            x = layer.Next(x, positions, packing?.Segments);
        return norm.call(x);
    }
}

/// <summary>x + attention(norm(x)), then x + mlp(norm(x)).</summary>
internal sealed class DecoderBlock : Module
{
    private readonly Attention self_attn;
    private readonly SwiGluMlp mlp;
    private readonly RmsNorm input_layernorm;
    private readonly RmsNorm post_attention_layernorm;

    public DecoderBlock(ModelConfig config, bool isQuantised) : base(nameof(DecoderBlock))
    {
        self_attn = new Attention(config, isQuantised);
        mlp = new SwiGluMlp(config, isQuantised);
        input_layernorm = new RmsNorm(config.HiddenSize, config.RmsNormEps);
        post_attention_layernorm = new RmsNorm(config.HiddenSize, config.RmsNormEps);
        RegisterComponents();
    }

    /// <param name="x">[B, T, hidden].</param>
    public Tensor Next(Tensor x, RotaryTable positions, Tensor? segments)
    {
        x = x + self_attn.Mix(input_layernorm.call(x), positions, segments);
        return x + mlp.call(post_attention_layernorm.call(x));
    }
}
