using System.Text.Json;
using System.Text.Json.Serialization;
using AgentOps.Artifacts;
using AgentOps.Models;
using AgentOps.Models.Decoding;

namespace AgentOps.Serving;

/// <summary>A refusal in the form that clients of OpenAI's API understand.</summary>
/// <param name="parameter">The part of the request that is wrong, if one is.</param>
/// <param name="code">A stable word for programs.</param>
public sealed class ApiException(int status, string message, string type, string? parameter, string? code) : Exception(message)
{
    public int Status => status;

    public ErrorBody Body => new(new(Message, type, parameter, code));

    /// <summary>The request itself is wrong.</summary>
    public static ApiException Wrong(string parameter, string message, string code = "invalid_value") =>
        new(StatusCodes.Status400BadRequest, message, "invalid_request_error", parameter, code);

    public static ApiException UnknownModel(string message) =>
        new(StatusCodes.Status404NotFound, message, "invalid_request_error", "model", "model_not_found");

    /// <summary>The refusal that a failure amounts to; null for a failure that is nobody's to handle here.</summary>
    public static ApiException? Of(Exception failure) => failure switch
    {
        ApiException known => known,
        JsonException e => Wrong("body", $"The body is not the JSON that is expected: {e.Message}", "invalid_json"),
        BadHttpRequestException e => new(e.StatusCode, e.Message, "invalid_request_error", null, e.StatusCode == StatusCodes.Status413PayloadTooLarge ? "body_too_large" : "bad_request"),
        ContextLengthException e => Wrong("messages", e.Message, "context_length_exceeded"),
        ChatTemplateException e => Wrong("messages", e.Message),
        ArgumentException e => Wrong("prompt_token_ids", e.Message),
        QueueFullException e => new(StatusCodes.Status429TooManyRequests, e.Message, "rate_limit_error", null, "queue_full"),
        PoolBusyException e => new(StatusCodes.Status503ServiceUnavailable, e.Message, "server_error", "model", "models_busy"),
        ArtifactMissingException e => UnknownModel($"There is no model {e.Digest} in the artifact store: check the digest; GET /v1/models lists the names."),
        ArtifactCorruptException e => Broken(e.Message),
        ArtifactStoreFullException e => new(StatusCodes.Status507InsufficientStorage, e.Message, "server_error", "model", "store_full"),
        ModelFormatException e => Broken(e.Message),
        NonFiniteLogitsException e => Broken(e.Message),
        _ => null,
    };

    public static ApiException Unforeseen(string trace) =>
        new(StatusCodes.Status500InternalServerError, $"The request failed for a reason that is not the request's: Serving's log has it under {trace}.", "server_error", null, "internal_error");

    // Trying again cures no damaged checkpoint, so that this is not one of the 500s, which callers repeat.
    private static ApiException Broken(string message) =>
        new(StatusCodes.Status422UnprocessableEntity, message, "invalid_request_error", "model", "model_broken");
}

public sealed record ErrorBody([property: JsonPropertyName("error")] ErrorDetail Error);

public sealed record ErrorDetail(
    [property: JsonPropertyName("message")] string Message, [property: JsonPropertyName("type")] string Type,
    [property: JsonPropertyName("param")] string? Param, [property: JsonPropertyName("code")] string? Code);
