namespace AgentOps.Models;

/// <summary>The decoder-only families that are read, trained and written here.</summary>
public enum ModelFamily { Llama, Qwen2, Qwen3 }

/// <summary>What the one number means that a reward model says of a text.</summary>
public enum ScoreMeaning
{
    /// <summary>How good it is, on a scale of the model's own: of two texts the better one has more. Hugging Face's problem type <c>regression</c>.</summary>
    Preference,

    /// <summary>The log-odds that it is accepted. Hugging Face's problem type <c>multi_label_classification</c>, with one label.</summary>
    Outcome,
}

/// <summary>The shape of a transformer, as Hugging Face's <c>config.json</c> states it.</summary>
public sealed partial record ModelConfig
{
    public required ModelFamily Family { get; init; }

    public required int HiddenSize { get; init; }

    public required int IntermediateSize { get; init; }

    public required int Layers { get; init; }

    /// <summary>Query heads; a multiple of <see cref="KeyValueHeads"/>.</summary>
    public required int Heads { get; init; }

    public required int KeyValueHeads { get; init; }

    /// <summary>The width of one head: even, and not necessarily <c>HiddenSize / Heads</c>.</summary>
    public required int HeadDim { get; init; }

    /// <summary>Rows of the embedding. May exceed the tokenizer's vocabulary.</summary>
    public required int VocabularySize { get; init; }

    public required int MaxPositions { get; init; }

    public double RmsNormEps { get; init; } = 1e-6;

    public double RopeTheta { get; init; } = 10_000;

    /// <summary>Null: the rotation is not stretched.</summary>
    public RopeScaling? RopeScaling { get; init; }

    /// <summary>Whether the output projection is the embedding, so that <c>lm_head.weight</c> is absent.</summary>
    public bool TieWordEmbeddings { get; init; }

    /// <summary>Llama and Qwen3: biases on the query, key, value and output projections. Qwen2 has its own rule and leaves this false.</summary>
    public bool AttentionBias { get; init; }

    /// <summary>Set for a reward model, a <c>…ForSequenceClassification</c> of one label: its <c>score.weight</c> stands in the place of <c>lm_head.weight</c>, and it says no next token. Null: a language model.</summary>
    public ScoreMeaning? Score { get; init; }

    /// <summary>Whether there is an output projection of its own.</summary>
    public bool HasHead => !TieWordEmbeddings && Score is null;

    public int? BosTokenId { get; init; }

    /// <summary>The tokens that end an answer; may be empty.</summary>
    public IReadOnlyList<int> EosTokenIds { get; init; } = [];

    public int? PadTokenId { get; init; }

    /// <summary>Whether q, k and v have biases.</summary>
    public bool HasQueryKeyValueBias => Family == ModelFamily.Qwen2 || AttentionBias;

    /// <summary>Whether the attention's output projection has a bias.</summary>
    public bool HasOutputBias => Family != ModelFamily.Qwen2 && AttentionBias;

    /// <summary>Whether q and k pass an RMSNorm over each head before the rotation.</summary>
    public bool HasHeadNorms => Family == ModelFamily.Qwen3;

    /// <summary>All query heads side by side.</summary>
    public int QueryWidth => Heads * HeadDim;

    /// <summary>All key (or value) heads side by side.</summary>
    public int KeyValueWidth => KeyValueHeads * HeadDim;

    /// <returns>This configuration, when it is one that can be built.</returns>
    /// <exception cref="ModelFormatException">A size is not positive or too large, or two do not fit each other.</exception>
    public ModelConfig Checked(string name = "The model configuration")
    {
        Bound(HiddenSize, 1 << 17, "hidden_size");
        Bound(IntermediateSize, 1 << 19, "intermediate_size");
        Bound(Layers, 1 << 10, "num_hidden_layers");
        Bound(Heads, 1 << 12, "num_attention_heads");
        Bound(KeyValueHeads, Heads, "num_key_value_heads");
        Bound(HeadDim, 1 << 12, "head_dim");
        Bound(VocabularySize, 1 << 22, "vocab_size");
        Bound(MaxPositions, 1 << 24, "max_position_embeddings");
        if (Heads % KeyValueHeads != 0)
            throw new ModelFormatException($"{name}: num_attention_heads {Heads} is not a multiple of num_key_value_heads {KeyValueHeads}.");
        if (HeadDim % 2 != 0)
            throw new ModelFormatException($"{name}: head_dim {HeadDim} is odd, and rotary positions need pairs.");
        if (!(RmsNormEps is > 0 and < 1) || !(RopeTheta is >= 1 and <= 1e12))
            throw new ModelFormatException($"{name}: rms_norm_eps {RmsNormEps} must lie between 0 and 1, rope_theta {RopeTheta} between 1 and 1e12.");
        if (RopeScaling is { } rope && !(rope is { Factor: >= 1 and <= 1e6, LowFrequencyFactor: > 0, OriginalPositions: > 0 } && rope.HighFrequencyFactor > rope.LowFrequencyFactor))
            throw new ModelFormatException($"{name}: a rope of type llama3 needs a factor from 1 on, a low_freq_factor above 0, a high_freq_factor above that, and original_max_position_embeddings; there are {rope.Factor}, {rope.LowFrequencyFactor}, {rope.HighFrequencyFactor} and {rope.OriginalPositions}.");
        foreach (var id in EosTokenIds.Concat([BosTokenId ?? 0, PadTokenId ?? 0]))
            if (id < 0 || id >= VocabularySize)
                throw new ModelFormatException($"{name}: the token id {id} is outside the vocabulary of {VocabularySize}.");
        return this;

        void Bound(int value, int most, string key)
        {
            if (value < 1 || value > most)
                throw new ModelFormatException($"{name}: {key} is {value}, but must be 1 to {most}.");
        }
    }
}
