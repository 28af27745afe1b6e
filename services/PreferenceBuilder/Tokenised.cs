using System.Runtime.InteropServices;
using AgentOps.Contracts;
using AgentOps.Models;

namespace AgentOps.PreferenceBuilder;

/// <summary>Tokens of trajectories that no model sampled: the expert's text in the model's own chat template.</summary>
public sealed class Tokenised
{
    private readonly BpeTokenizer _tokenizer;

    private Tokenised(BpeTokenizer tokenizer, int context)
    {
        _tokenizer = tokenizer;
        Context = context;
    }

    /// <summary>The model's context in tokens.</summary>
    public int Context { get; }

    /// <exception cref="ModelFormatException">The folder's tokenizer or configuration cannot be used.</exception>
    public static Tokenised Load(string folder)
    {
        var tokenizer = BpeTokenizer.Load(Path.Combine(folder, "tokenizer.json"));
        ChatTemplate.Check(tokenizer);
        return new(tokenizer, ModelConfig.Load(Path.Combine(folder, "config.json")).MaxPositions);
    }

    public TokenSequence Of(string task, int sample, IEnumerable<RecordedTurn> turns)
    {
        var messages = turns.SelectMany(turn => new[] { ChatMessage.User(turn.Observation), ChatMessage.Assistant(turn.Action) }).ToList();
        var encoded = _tokenizer.Chat.Encode(messages);
        return new(task, sample, encoded.Ids, encoded.Spans());
    }

    /// <summary>A rejected trajectory under its mark.</summary>
    public TokenSequence Marked(TokenSequence sequence) => MarkedFailure.Of(sequence, _tokenizer);

    /// <summary>Two trajectories of the same tokens have the same key.</summary>
    public static string Key(TokenSequence sequence) => Digest.Of(MemoryMarshal.AsBytes(sequence.Ids.AsSpan())).Hex;
}
