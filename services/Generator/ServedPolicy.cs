using System.Buffers.Binary;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using AgentOps.Agents;
using AgentOps.Contracts;
using AgentOps.Environments;
using AgentOps.Models;

namespace AgentOps.Generator;

/// <summary>A model that plays through Serving: token ids go in, and the sampled ids and log-probabilities that come back are kept as they are. Of a team it sees the turns of the role that it plays now.</summary>
public sealed class ServedPolicy(HttpClient serving, Digest model, BpeTokenizer tokenizer, double temperature, CancellationTokenSource outage) : IPolicy
{
    /// <summary>Twice what the longest valid action takes in a vocabulary of a thousand words; a model that has not learned to end its action runs on to here.</summary>
    private const int MostActionTokens = 24;

    /// <summary>Beside the longest action: its end, and what a tokenizer may need more for another spelling of it.</summary>
    private const int Beside = 4;

    /// <summary>Why no episode can go on: Serving is away or refuses what it is asked. Null while all is well.</summary>
    public Exception? Broken { get; private set; }

    public async ValueTask<Reply> ActAsync(Transcript soFar, CancellationToken ct)
    {
        List<ChatMessage> messages = [];
        foreach (var turn in soFar.OwnTurns)
        {
            messages.Add(ChatMessage.User(turn.Observation));
            messages.Add(ChatMessage.Sampled(turn.Action, turn.Sampled!.TokenIds));
        }
        messages.Add(ChatMessage.User(soFar.Now.Text));
        var prompt = tokenizer.Chat.Prompt(messages);
        var sampling = new Sampling(temperature, TopP: 1, TopK: null, MostTokens(soFar.Now), TurnSeed(soFar));
        var choice = (await AskAsync(prompt, sampling, ct)).Choices[0];
        return new(tokenizer.Decode(choice.TokenIds, skipSpecial: true), new(prompt, choice.TokenIds, [.. choice.LogProbs.Content.Select(token => token.LogProb)], sampling));
    }

    /// <summary>In a vocabulary of little more than bytes an action takes as many tokens as it has letters.</summary>
    private int MostTokens(Observation now) => Math.Max(MostActionTokens, Beside + now.AdmissibleActions.Select(action => tokenizer.EncodeText(action).Length).DefaultIfEmpty(0).Max());

    private async Task<Completion> AskAsync(int[] prompt, Sampling sampling, CancellationToken ct)
    {
        var request = new CompletionRequest(model.ToString(), prompt, sampling.MaxTokens, sampling.Temperature, sampling.TopP, sampling.Seed, LogProbs: true, ReturnTokenIds: true);
        try
        {
            using var response = await serving.PostAsJsonAsync("/v1/chat/completions", request, ct);
            if (response.IsSuccessStatusCode)
                return (await response.Content.ReadFromJsonAsync<Completion>(ct))!;
            var (code, sentence) = ServingRefusal.Read(await response.Content.ReadAsStringAsync(ct));
            if (code == ServingRefusal.ContextFull)
                throw new PolicyExhaustedException(sentence);
            throw Break((int)response.StatusCode is >= 500 or 429 or 408
                ? new HttpRequestException($"Serving answered {(int)response.StatusCode}: {sentence}")
                : new PolicyUnusableException($"Serving does not play {model}: {sentence}"));
        }
        catch (HttpRequestException away)
        {
            throw Break(away);
        }
        catch (OperationCanceledException slow) when (!ct.IsCancellationRequested)
        {
            throw Break(new HttpRequestException("Serving did not answer in time.", slow));
        }
    }

    /// <summary>Ends all episodes of the shard: what breaks Serving is no episode's failure.</summary>
    private Exception Break(Exception reason)
    {
        Broken ??= reason;
        outage.Cancel();
        return new OperationCanceledException(reason.Message, reason, outage.Token);
    }

    private static long TurnSeed(Transcript soFar) =>
        BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{soFar.Seed}/{soFar.Turns.Count}"))) & long.MaxValue;

    private sealed record CompletionRequest(
        [property: JsonPropertyName("model")] string Model,
        [property: JsonPropertyName("prompt_token_ids")] int[] PromptTokenIds,
        [property: JsonPropertyName("max_tokens")] int MaxTokens,
        [property: JsonPropertyName("temperature")] double Temperature,
        [property: JsonPropertyName("top_p")] double TopP,
        [property: JsonPropertyName("seed")] long Seed,
        [property: JsonPropertyName("logprobs")] bool LogProbs,
        [property: JsonPropertyName("return_token_ids")] bool ReturnTokenIds);

    private sealed record Completion([property: JsonPropertyName("choices")] Choice[] Choices);

    private sealed record Choice([property: JsonPropertyName("token_ids")] int[] TokenIds, [property: JsonPropertyName("logprobs")] ChoiceLogProbs LogProbs);

    private sealed record ChoiceLogProbs([property: JsonPropertyName("content")] TokenLogProb[] Content);

    private sealed record TokenLogProb([property: JsonPropertyName("logprob")] float LogProb);
}
