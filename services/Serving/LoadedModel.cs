using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Models;
using AgentOps.Models.Decoding;

namespace AgentOps.Serving;

/// <summary>A checkpoint that answers: its digest, its tokenizer and an engine of its own.</summary>
public sealed class LoadedModel : IAsyncDisposable
{
    private readonly ModelFormatException? _foreignTemplate;

    private LoadedModel(Digest digest, ModelFolder folder, DecodingEngine engine)
    {
        (Digest, Tokenizer, StopTokens, Engine) = (digest, folder.Tokenizer, folder.StopTokenIds, engine);
        try
        {
            ChatTemplate.Check(Tokenizer);
        }
        catch (ModelFormatException foreign)
        {
            _foreignTemplate = foreign;
        }
    }

    public Digest Digest { get; }

    public BpeTokenizer Tokenizer { get; }

    public IReadOnlyList<int> StopTokens { get; }

    public DecodingEngine Engine { get; }

    /// <summary>Reads the folder of this digest out of the store, verified, and starts an engine on it.</summary>
    public static async Task<LoadedModel> LoadAsync(ArtifactStore store, Digest digest, EngineOptions options)
    {
        var folder = ModelFolder.Load(await store.FolderAsync(digest));
        return new(digest, folder, new DecodingEngine(DecoderModel.Create(folder), options));
    }

    /// <summary>What the engine is asked for this question.</summary>
    /// <exception cref="ApiException">Messages were sent to a model with another chat template.</exception>
    /// <exception cref="ChatTemplateException">The messages do not fit the template.</exception>
    /// <exception cref="ContextLengthException">The prompt fills the context.</exception>
    public DecodeRequest RequestOf(ChatQuestion question)
    {
        if (question.Messages is not null && _foreignTemplate is not null)
            throw ApiException.Wrong("messages", $"{_foreignTemplate.Message} Send prompt_token_ids instead of messages.");
        var prompt = question.PromptIds ?? Tokenizer.Chat.Prompt(question.Messages!);
        if (prompt.Length >= Engine.MaxContext)
            throw new ContextLengthException($"The context holds {Engine.MaxContext} tokens, but the prompt alone has {prompt.Length}: shorten it.");
        return new(
            prompt, question.MaxTokens ?? Engine.MaxContext - prompt.Length, question.Temperature, question.TopP, question.Seed, StopTokens, question.TopLogProbs ?? 0);
    }

    public ValueTask DisposeAsync() => Engine.DisposeAsync();
}
