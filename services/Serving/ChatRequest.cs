using System.Text.Json;
using System.Text.Json.Serialization;

namespace AgentOps.Serving;

/// <summary>The body of <c>POST /v1/chat/completions</c> in OpenAI's names, with <c>prompt_token_ids</c> and <c>return_token_ids</c> for those who train on what was sampled.</summary>
public sealed record ChatRequest
{
    [JsonPropertyName("model")] public string? Model { get; init; }

    [JsonPropertyName("messages")] public IReadOnlyList<ChatRequestMessage>? Messages { get; init; }

    [JsonPropertyName("prompt_token_ids")] public int[]? PromptTokenIds { get; init; }

    [JsonPropertyName("max_tokens")] public int? MaxTokens { get; init; }

    [JsonPropertyName("max_completion_tokens")] public int? MaxCompletionTokens { get; init; }

    [JsonPropertyName("temperature")] public double? Temperature { get; init; }

    [JsonPropertyName("top_p")] public double? TopP { get; init; }

    [JsonPropertyName("seed")] public long? Seed { get; init; }

    [JsonPropertyName("n")] public int? N { get; init; }

    /// <summary>One text or up to four.</summary>
    [JsonPropertyName("stop")] public JsonElement Stop { get; init; }

    [JsonPropertyName("logprobs")] public bool? LogProbs { get; init; }

    [JsonPropertyName("top_logprobs")] public int? TopLogProbs { get; init; }

    [JsonPropertyName("return_token_ids")] public bool? ReturnTokenIds { get; init; }

    [JsonPropertyName("stream")] public bool? Stream { get; init; }

    [JsonPropertyName("stream_options")] public StreamOptions? StreamOptions { get; init; }

    [JsonPropertyName("frequency_penalty")] public double? FrequencyPenalty { get; init; }

    [JsonPropertyName("presence_penalty")] public double? PresencePenalty { get; init; }

    [JsonPropertyName("logit_bias")] public JsonElement LogitBias { get; init; }

    [JsonPropertyName("tools")] public JsonElement Tools { get; init; }

    [JsonPropertyName("response_format")] public JsonElement ResponseFormat { get; init; }
}

/// <param name="Content">A text, or a list of parts <c>{"type":"text","text":…}</c>.</param>
public sealed record ChatRequestMessage(
    [property: JsonPropertyName("role")] string? Role,
    [property: JsonPropertyName("content")] JsonElement Content);

public sealed record StreamOptions([property: JsonPropertyName("include_usage")] bool? IncludeUsage);
