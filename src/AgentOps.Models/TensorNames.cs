namespace AgentOps.Models;

/// <summary>The names under which Hugging Face's Llama, Qwen2 and Qwen3 store their tensors. Projections are [out, in].</summary>
public static class TensorNames
{
    /// <summary>[vocabulary, hidden]</summary>
    public const string Embedding = "model.embed_tokens.weight";

    /// <summary>[hidden]</summary>
    public const string FinalNorm = "model.norm.weight";

    /// <summary>[vocabulary, hidden]; absent when tied to the embedding, and in a reward model.</summary>
    public const string Head = "lm_head.weight";

    /// <summary>[1, hidden]; a reward model's.</summary>
    public const string Score = "score.weight";

    public static string InputNorm(int layer) => $"model.layers.{layer}.input_layernorm.weight";

    public static string PostAttentionNorm(int layer) => $"model.layers.{layer}.post_attention_layernorm.weight";

    /// <param name="projection">q, k, v or o.</param>
    public static string AttentionWeight(int layer, char projection) => $"model.layers.{layer}.self_attn.{projection}_proj.weight";

    /// <inheritdoc cref="AttentionWeight"/>
    public static string AttentionBias(int layer, char projection) => $"model.layers.{layer}.self_attn.{projection}_proj.bias";

    /// <summary>[head dim]</summary>
    /// <param name="projection">q or k.</param>
    public static string HeadNorm(int layer, char projection) => $"model.layers.{layer}.self_attn.{projection}_norm.weight";

    public static string Gate(int layer) => $"model.layers.{layer}.mlp.gate_proj.weight";

    public static string Up(int layer) => $"model.layers.{layer}.mlp.up_proj.weight";

    public static string Down(int layer) => $"model.layers.{layer}.mlp.down_proj.weight";

    /// <summary>Exactly the tensors that a model of this configuration has, with their shapes.</summary>
    public static IEnumerable<(string Name, long[] Shape)> Of(ModelConfig config)
    {
        yield return (Embedding, [config.VocabularySize, config.HiddenSize]);
        for (var layer = 0; layer < config.Layers; layer++)
            foreach (var tensor in OfLayer(config, layer))
                yield return tensor;
        yield return (FinalNorm, [config.HiddenSize]);
        if (config.HasHead)
            yield return (Head, [config.VocabularySize, config.HiddenSize]);
        if (config.Score is not null)
            yield return (Score, [1, config.HiddenSize]);
    }

    private static IEnumerable<(string Name, long[] Shape)> OfLayer(ModelConfig config, int layer)
    {
        long hidden = config.HiddenSize, inner = config.IntermediateSize, query = config.QueryWidth, keyValue = config.KeyValueWidth;
        yield return (InputNorm(layer), [hidden]);
        foreach (var (projection, width) in new[] { ('q', query), ('k', keyValue), ('v', keyValue) })
        {
            yield return (AttentionWeight(layer, projection), [width, hidden]);
            if (config.HasQueryKeyValueBias)
                yield return (AttentionBias(layer, projection), [width]);
            if (config.HasHeadNorms && projection != 'v')
                yield return (HeadNorm(layer, projection), [config.HeadDim]);
        }
        yield return (AttentionWeight(layer, 'o'), [hidden, query]);
        if (config.HasOutputBias)
            yield return (AttentionBias(layer, 'o'), [hidden]);
        yield return (PostAttentionNorm(layer), [hidden]);
        yield return (Gate(layer), [inner, hidden]);
        yield return (Up(layer), [inner, hidden]);
        yield return (Down(layer), [hidden, inner]);
    }
}
