using System.Net.Http.Json;
using System.Text.Json.Serialization;
using AgentOps.Contracts;

namespace AgentOps.DecoderBenchmark.Served;

/// <summary>Answers out of Serving, asked for as Generator asks: ids in, sampled ids and log-probabilities out.</summary>
internal sealed class ServingAnswers(HttpClient serving, Digest model)
{
    public async Task<Answer> AskAsync(int[] prompt, Turn turn)
    {
        var request = new Question(model.ToString(), prompt, turn.MaxTokens, Temperature: 1, TopP: 1, turn.Seed, LogProbs: true, ReturnTokenIds: true);
        using var response = await serving.PostAsJsonAsync("/v1/chat/completions", request);
        if (!response.IsSuccessStatusCode)
            throw new HttpRequestException($"Serving answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
        var completion = (await response.Content.ReadFromJsonAsync<Completion>())!;
        var choice = completion.Choices[0];
        return new(choice.TokenIds, [.. choice.LogProbs.Content.Select(token => token.LogProb)], completion.Usage.Prompt.Cached);
    }

    private sealed record Question(
        [property: JsonPropertyName("model")] string Model,
        [property: JsonPropertyName("prompt_token_ids")] int[] PromptTokenIds,
        [property: JsonPropertyName("max_tokens")] int MaxTokens,
        [property: JsonPropertyName("temperature")] double Temperature,
        [property: JsonPropertyName("top_p")] double TopP,
        [property: JsonPropertyName("seed")] long Seed,
        [property: JsonPropertyName("logprobs")] bool LogProbs,
        [property: JsonPropertyName("return_token_ids")] bool ReturnTokenIds);

    private sealed record Completion([property: JsonPropertyName("choices")] Choice[] Choices, [property: JsonPropertyName("usage")] Usage Usage);

    private sealed record Choice([property: JsonPropertyName("token_ids")] int[] TokenIds, [property: JsonPropertyName("logprobs")] ChoiceLogProbs LogProbs);

    private sealed record ChoiceLogProbs([property: JsonPropertyName("content")] TokenLogProb[] Content);

    private sealed record TokenLogProb([property: JsonPropertyName("logprob")] float LogProb);

    private sealed record Usage([property: JsonPropertyName("prompt_tokens_details")] PromptDetails Prompt);

    private sealed record PromptDetails([property: JsonPropertyName("cached_tokens")] int Cached);
}
