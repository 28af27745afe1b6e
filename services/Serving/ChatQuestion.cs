using System.Text.Json;
using AgentOps.Contracts;
using AgentOps.Models;
using AgentOps.Models.Decoding;

namespace AgentOps.Serving;

/// <summary>A chat request whose every part was checked.</summary>
/// <param name="Messages">Null where <paramref name="PromptIds"/> are given.</param>
/// <param name="MaxTokens">Null: as many as the context holds.</param>
/// <param name="TopLogProbs">Null: no log-probabilities are asked for.</param>
public sealed record ChatQuestion(
    string Model, IReadOnlyList<ChatMessage>? Messages, int[]? PromptIds, int? MaxTokens, double Temperature, double TopP, long Seed,
    IReadOnlyList<string> Stops, int? TopLogProbs, bool ReturnTokenIds, bool Stream, bool IncludeUsage)
{
    private const int MaxStops = 4;
    private const int MaxStopLength = 256;
    private const int MaxMessages = 4096;

    /// <exception cref="ApiException">Something is missing, out of range or not supported.</exception>
    public static ChatQuestion Of(ChatRequest request)
    {
        RefuseUnsupported(request);
        var hasIds = request.PromptTokenIds is not null;
        if (string.IsNullOrWhiteSpace(request.Model))
            throw ApiException.Wrong("model", "The model is missing: give a digest (sha256:…), name@alias or the name of a deployment.");
        if (hasIds == (request.Messages is not null))
            throw ApiException.Wrong("messages", "Give either messages or prompt_token_ids, and not both.");
        return new(
            request.Model,
            hasIds ? null : MessagesOf(request.Messages!),
            hasIds ? IdsOf(request.PromptTokenIds!) : null,
            MaxTokensOf(request),
            Within(request.Temperature ?? 1, 0, Bounds.HighestTemperature, "temperature"),
            request.TopP is <= 0 ? throw ApiException.Wrong("top_p", "top_p must be above 0.") : Within(request.TopP ?? 1, 0, 1, "top_p"),
            request.Seed ?? Random.Shared.NextInt64(),
            StopsOf(request.Stop),
            TopLogProbsOf(request),
            request.ReturnTokenIds ?? false,
            request.Stream ?? false,
            request.StreamOptions?.IncludeUsage ?? false);
    }

    private static void RefuseUnsupported(ChatRequest request)
    {
        if (request.N is not (null or 1))
            throw ApiException.Wrong("n", $"n must be 1, not {request.N}: send the request several times with different seeds.");
        if (request.FrequencyPenalty is not (null or 0) || request.PresencePenalty is not (null or 0))
            throw ApiException.Wrong("frequency_penalty", "frequency_penalty and presence_penalty are not supported: leave them out.");
        if (!IsEmpty(request.LogitBias))
            throw ApiException.Wrong("logit_bias", "logit_bias is not supported: leave it out.");
        if (!IsEmpty(request.Tools))
            throw ApiException.Wrong("tools", "tools are not supported: describe them in a message.");
        if (!IsEmpty(request.ResponseFormat) && !(request.ResponseFormat.ValueKind == JsonValueKind.Object && request.ResponseFormat.TryGetProperty("type", out var type) && type.ValueEquals("text")))
            throw ApiException.Wrong("response_format", "Only the response_format {\"type\":\"text\"} is supported.");
    }

    private static bool IsEmpty(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null => true,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => value.GetPropertyCount() == 0,
        _ => false,
    };

    private static ChatMessage[] MessagesOf(IReadOnlyList<ChatRequestMessage> messages)
    {
        if (messages.Count is 0 or > MaxMessages)
            throw ApiException.Wrong("messages", $"Between 1 and {MaxMessages} messages are expected, not {messages.Count}.");
        return [.. messages.Select((message, i) => message is null
            ? throw ApiException.Wrong($"messages[{i}]", $"Message {i} is null.")
            : new ChatMessage(RoleOf(message.Role, i), TextOf(message.Content, i)))];
    }

    private static ChatRole RoleOf(string? role, int i) => role switch
    {
        "system" or "developer" => ChatRole.System,
        "user" => ChatRole.User,
        "assistant" => ChatRole.Assistant,
        _ => throw ApiException.Wrong($"messages[{i}].role", $"Message {i} has the role '{role}': system, user and assistant are supported."),
    };

    private static string TextOf(JsonElement content, int i)
    {
        if (content.ValueKind == JsonValueKind.String)
            return content.GetString()!;
        if (content.ValueKind == JsonValueKind.Array)
            return string.Concat(content.EnumerateArray().Select(part => PartOf(part, i)));
        throw ApiException.Wrong($"messages[{i}].content", $"Message {i} has no content: a text or a list of text parts is expected.");
    }

    private static string PartOf(JsonElement part, int i) =>
        part.ValueKind == JsonValueKind.Object && part.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.ValueEquals("text")
        && part.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String
            ? text.GetString()!
            : throw ApiException.Wrong($"messages[{i}].content", $"Message {i} has a part that is not {{\"type\":\"text\",\"text\":…}}: only text is supported.");

    private static int[] IdsOf(int[] ids) => ids.Length > 0 ? ids : throw ApiException.Wrong("prompt_token_ids", "prompt_token_ids is empty: give at least one id.");

    private static int? MaxTokensOf(ChatRequest request)
    {
        var tokens = request.MaxCompletionTokens ?? request.MaxTokens;
        return tokens is null or >= 1 ? tokens : throw ApiException.Wrong("max_tokens", $"max_tokens must be at least 1, not {tokens}.");
    }

    private static int? TopLogProbsOf(ChatRequest request)
    {
        if (request.LogProbs != true)
            return request.TopLogProbs is null or 0 ? null : throw ApiException.Wrong("top_logprobs", "top_logprobs needs logprobs: true.");
        return (int)Within(request.TopLogProbs ?? 0, 0, DecodeRequest.MaxTopLogProbs, "top_logprobs");
    }

    private static double Within(double value, double least, double most, string name) => value >= least && value <= most
        ? value
        : throw ApiException.Wrong(name, $"{name} must lie between {least} and {most}, not {value}.");

    private static string[] StopsOf(JsonElement stop)
    {
        string?[] stops = stop.ValueKind switch
        {
            JsonValueKind.Undefined or JsonValueKind.Null => [],
            JsonValueKind.String => [stop.GetString()],
            JsonValueKind.Array => [.. stop.EnumerateArray().Select(s => s.ValueKind == JsonValueKind.String ? s.GetString() : null)],
            _ => [null],
        };
        if (stops.Length > MaxStops || stops.Any(s => s is null || s.Length is 0 or > MaxStopLength))
            throw ApiException.Wrong("stop", $"stop must be a text or up to {MaxStops} texts of 1 to {MaxStopLength} characters.");
        return stops!;
    }
}
