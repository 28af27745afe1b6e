using System.Text.Json;
using System.Text.Json.Serialization;

namespace AgentOps.Generator;

/// <summary>What Serving says when it does not answer a turn, in OpenAI's form.</summary>
internal static class ServingRefusal
{
    /// <summary>OpenAI's code for a prompt that has outgrown the model's context.</summary>
    public const string ContextFull = "context_length_exceeded";

    /// <returns>The code, where there is one, and the sentence; of a body in another form all of it.</returns>
    public static (string? Code, string Sentence) Read(string body)
    {
        try
        {
            return JsonSerializer.Deserialize<Body>(body)?.Error is { Message: { } message } error ? (error.Code, message) : (null, body);
        }
        catch (JsonException)
        {
            return (null, body);
        }
    }

    private sealed record Body([property: JsonPropertyName("error")] Detail? Error);

    private sealed record Detail([property: JsonPropertyName("message")] string? Message, [property: JsonPropertyName("code")] string? Code);
}
