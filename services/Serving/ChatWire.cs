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

/// <summary>The answer to a chat request, whole (<c>chat.completion</c>) or one piece of a stream (<c>chat.completion.chunk</c>).</summary>
/// <param name="SystemFingerprint">The digest of the model that answered.</param>
public sealed record ChatResponse(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("object")] string Kind,
    [property: JsonPropertyName("created")] long Created,
    [property: JsonPropertyName("model")] string Model,
    [property: JsonPropertyName("system_fingerprint")] string SystemFingerprint,
    [property: JsonPropertyName("choices")] IReadOnlyList<ChatChoice> Choices)
{
    [JsonPropertyName("usage"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public ChatUsage? Usage { get; init; }

    [JsonPropertyName("prompt_token_ids"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public int[]? PromptTokenIds { get; init; }
}

public sealed record ChatChoice([property: JsonPropertyName("index")] int Index)
{
    [JsonPropertyName("message"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public ChatText? Message { get; init; }

    [JsonPropertyName("delta"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public ChatText? Delta { get; init; }

    [JsonPropertyName("logprobs")] public ChatLogProbs? LogProbs { get; init; }

    /// <summary>stop or length; null while the answer goes on.</summary>
    [JsonPropertyName("finish_reason")] public string? FinishReason { get; init; }

    /// <summary>The sampled ids, the one that ended the answer included.</summary>
    [JsonPropertyName("token_ids"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public IReadOnlyList<int>? TokenIds { get; init; }
}

public sealed record ChatText
{
    [JsonPropertyName("role"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Role { get; init; }

    [JsonPropertyName("content"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Content { get; init; }
}

public sealed record ChatLogProbs([property: JsonPropertyName("content")] IReadOnlyList<ChatTokenLogProb> Content);

/// <param name="Bytes">The token's UTF-8 bytes, which may be a part of a character.</param>
/// <param name="LogProb">Natural logarithm of the untempered probability.</param>
public sealed record ChatTokenLogProb(
    [property: JsonPropertyName("token")] string Token,
    [property: JsonPropertyName("logprob")] float LogProb,
    [property: JsonPropertyName("bytes")] IReadOnlyList<int> Bytes)
{
    [JsonPropertyName("top_logprobs"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public IReadOnlyList<ChatTokenLogProb>? Top { get; init; }
}

public sealed record ChatUsage(
    [property: JsonPropertyName("prompt_tokens")] int PromptTokens, [property: JsonPropertyName("completion_tokens")] int CompletionTokens)
{
    [JsonPropertyName("total_tokens")] public int TotalTokens => PromptTokens + CompletionTokens;

    [JsonPropertyName("prompt_tokens_details")] public required ChatPromptDetails PromptDetails { get; init; }
}

/// <param name="CachedTokens">The prompt's tokens that an earlier request had already computed.</param>
public sealed record ChatPromptDetails([property: JsonPropertyName("cached_tokens")] int CachedTokens);

public sealed record ModelList([property: JsonPropertyName("data")] IReadOnlyList<ModelListing> Data)
{
    [JsonPropertyName("object")] public string Kind => "list";
}

/// <param name="Root">The digest that the name means at this moment.</param>
public sealed record ModelListing(
    [property: JsonPropertyName("id")] string Id, [property: JsonPropertyName("created")] long Created, [property: JsonPropertyName("root")] string Root)
{
    [JsonPropertyName("object")] public string Kind => "model";

    [JsonPropertyName("owned_by")] public string OwnedBy => "agentops";
}
