namespace AgentOps.Models;

/// <summary>A model in Hugging Face's layout: configuration, float32 tensors by name, tokenizer, and the small files around them.</summary>
public sealed class ModelFolder
{
    private const string ConfigFile = "config.json";
    private const string TokenizerFile = "tokenizer.json";

    /// <summary>Buffers that old checkpoints store although they follow from the configuration.</summary>
    private const string RotaryBuffer = ".rotary_emb.inv_freq";

    /// <exception cref="ModelFormatException">The tensors are not exactly those of the configuration, or the tokenizer has more ids than the embedding rows.</exception>
    public ModelFolder(ModelConfig config, IEnumerable<NamedTensor> tensors, BpeTokenizer tokenizer, IReadOnlyDictionary<string, byte[]>? companions = null)
    {
        Config = config.Checked();
        Tensors = tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        Tokenizer = tokenizer;
        Companions = companions ?? ModelCompanions.Of(config, tokenizer);
        CheckTensors();
        if (tokenizer.VocabularySize > config.VocabularySize)
            throw new ModelFormatException($"The tokenizer has {tokenizer.VocabularySize} ids, the model only {config.VocabularySize} embeddings.");
    }

    public ModelConfig Config { get; }

    /// <summary>Exactly the tensors of <see cref="TensorNames.Of"/>.</summary>
    public IReadOnlyDictionary<string, NamedTensor> Tensors { get; }

    public BpeTokenizer Tokenizer { get; }

    /// <summary>The small files by name: tokenizer_config.json, generation_config.json, special_tokens_map.json, chat_template.jinja. A loaded model keeps its own.</summary>
    public IReadOnlyDictionary<string, byte[]> Companions { get; }

    /// <summary>The ids that end an answer: those of generation_config.json, config.json and the chat template together, in ascending order.</summary>
    public IReadOnlyList<int> StopTokenIds => [.. Config.EosTokenIds.Union(ModelCompanions.EosTokenIds(Companions)).Union(ChatTemplate.Find(Tokenizer) is { } chat ? [chat.End] : Array.Empty<int>()).Order()];

    /// <summary>The same model with files that tell other programs to ask it as it is asked here, which is how it is trained, and to end its answers where it learns to.</summary>
    /// <exception cref="ModelFormatException">One of its small files is malformed.</exception>
    public ModelFolder AskedAsHere() => ChatTemplate.Find(Tokenizer) is not { } chat ? this : new(
        Config.EosTokenIds.Contains(chat.End) ? Config : Config with { EosTokenIds = [.. Config.EosTokenIds, chat.End] }, Tensors.Values, Tokenizer, ModelCompanions.AskedAsHere(Companions, chat));

    /// <exception cref="ModelFormatException">A file is absent or malformed, the files do not fit each other, or the model is not supported or a reward model, which says no next token.</exception>
    public static ModelFolder Load(string folder) => Read(folder) is { Config.Score: null } model
        ? model
        : throw new ModelFormatException($"{folder} is a reward model: it scores episodes and plays none. Name the model that is to play.");

    /// <summary>A reward model.</summary>
    /// <exception cref="ModelFormatException">A file is absent or malformed, the files do not fit each other, or it is no reward model.</exception>
    public static ModelFolder LoadRewardModel(string folder) => Read(folder) is { Config.Score: not null } model
        ? model
        : throw new ModelFormatException($"{folder} is no reward model: it has no score. Name one that a training with the method reward has made.");

    /// <summary>A reward model to be trained: with the score that it has, or with one that is 0 of every text in the place of a language model's output projection.</summary>
    /// <inheritdoc cref="Load"/>
    public static ModelFolder LoadForScoring(string folder, ScoreMeaning meaning)
    {
        var model = Read(folder);
        var config = model.Config with { Score = meaning };
        var body = model.Tensors.Values.Where(tensor => tensor.Name != TensorNames.Head);
        NamedTensor[] score = model.Config.Score is null ? [new(TensorNames.Score, [1, config.HiddenSize], new float[config.HiddenSize])] : [];
        return new(config, body.Concat(score), model.Tokenizer, model.Companions);
    }

    private static ModelFolder Read(string folder)
    {
        var config = ModelConfig.Load(Path.Combine(folder, ConfigFile));
        var tokenizer = BpeTokenizer.Load(Path.Combine(folder, TokenizerFile));
        var tensors = Safetensors.ReadFolder(folder).Values.Where(tensor => !IsDerived(tensor.Name, config));
        return new(config, tensors, tokenizer, ModelCompanions.Load(folder));
    }

    /// <summary>Writes the model into a new or empty folder. The same model gives the same bytes.</summary>
    /// <exception cref="ModelFormatException">Something stands in the folder: it would become part of the model.</exception>
    public void Save(string folder)
    {
        Directory.CreateDirectory(folder);
        if (Directory.EnumerateFileSystemEntries(folder).Any())
            throw new ModelFormatException($"{folder} is not empty: save a model into a folder of its own.");
        File.WriteAllBytes(Path.Combine(folder, ConfigFile), Config.ToJson());
        Tokenizer.Save(Path.Combine(folder, TokenizerFile));
        foreach (var (name, content) in Companions)
            File.WriteAllBytes(Path.Combine(folder, name), content);
        Safetensors.Write(Path.Combine(folder, Safetensors.SingleFile), Tensors.Values);
    }

    private static bool IsDerived(string tensor, ModelConfig config) =>
        tensor.EndsWith(RotaryBuffer, StringComparison.Ordinal) || config.TieWordEmbeddings && tensor == TensorNames.Head;

    private void CheckTensors()
    {
        var expected = TensorNames.Of(Config).ToDictionary(tensor => tensor.Name, tensor => tensor.Shape);
        foreach (var (name, shape) in expected)
            if (!Tensors.TryGetValue(name, out var tensor))
                throw new ModelFormatException($"The model has no tensor '{name}', which its configuration asks for.");
            else if (!tensor.Shape.AsSpan().SequenceEqual(shape))
                throw new ModelFormatException($"The tensor '{name}' has the shape [{string.Join(", ", tensor.Shape)}], but the configuration gives [{string.Join(", ", shape)}].");
        foreach (var name in Tensors.Keys)
            if (!expected.ContainsKey(name))
                throw new ModelFormatException($"The model has a tensor '{name}', which its configuration does not ask for: leaving it out would change what the model says.");
    }
}
