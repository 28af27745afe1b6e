using System.Text.Json.Serialization;

namespace AgentOps.Serving;

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
}

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
