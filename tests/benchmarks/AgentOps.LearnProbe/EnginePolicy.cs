using AgentOps.Agents;
using AgentOps.Models;
using AgentOps.Models.Decoding;

namespace AgentOps.LearnProbe;

/// <summary>A model that plays through the decoder in this process.</summary>
internal sealed class EnginePolicy(DecodingEngine engine, BpeTokenizer tokenizer, double temperature) : IPolicy
{
    private const int MostTokens = 24;

    public async ValueTask<Reply> ActAsync(Transcript soFar, CancellationToken ct)
    {
        var prompt = tokenizer.Chat.Prompt([.. Messages(soFar), ChatMessage.User(soFar.Now.Text)]);
        if (prompt.Length + MostTokens > engine.MaxContext)
            return new("");
        var seed = (long)Environments.Seed.Of(soFar.Task, soFar.Seed, soFar.Turns.Count);
        var tokens = await engine.DecodeWholeAsync(new DecodeRequest(prompt, MostTokens, temperature, Seed: seed, StopTokens: [tokenizer.Chat.End]), ct);
        int[] ids = [.. tokens.Select(token => token.Id)];
        return new(tokenizer.Decode(ids, skipSpecial: true), new Sampled(prompt, ids, [.. tokens.Select(token => token.LogProb)], new(temperature, 1, null, MostTokens, seed)));
    }

    public static IEnumerable<ChatMessage> Messages(Transcript transcript) => transcript.Turns.SelectMany(turn => new[]
    {
        ChatMessage.User(turn.Observation),
        turn.Sampled is { } sampled ? ChatMessage.Sampled(turn.Action, sampled.TokenIds) : ChatMessage.Assistant(turn.Action),
    });
}
