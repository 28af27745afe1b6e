using System.Net;

namespace AgentOps.EndToEnd.Tests;

/// <summary>One greedy question to a deployment, whole and streamed.</summary>
public static class Chats
{
    public sealed record Spoken(string Digest, string Text, IReadOnlyList<int> Ids, IReadOnlyList<double> LogProbs, string FinishReason);

    public static async Task<Spoken> AskAsync(this Api api, string model, string question)
    {
        var answer = (await api.PostAsync("/v1/chat/completions", Question(model, question, stream: false))).Is(HttpStatusCode.OK);
        var choice = answer.Json.GetProperty("choices")[0];
        Assert.Equal(answer.Json.GetProperty("system_fingerprint").GetString(), answer.Headers.GetValues("X-Model-Digest").Single());
        Assert.Equal(choice.GetProperty("token_ids").GetArrayLength(), answer.Json.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        return new(answer.Json.GetProperty("system_fingerprint").GetString()!, choice.GetProperty("message").GetProperty("content").GetString()!,
            [.. Ids(choice)], [.. LogProbs(choice)], choice.GetProperty("finish_reason").GetString()!);
    }

    public static async Task<Spoken> AskStreamedAsync(this Api api, string model, string question)
    {
        var answer = (await api.PostAsync("/v1/chat/completions", Question(model, question, stream: true))).Is(HttpStatusCode.OK);
        Assert.Equal("text/event-stream", answer.ContentType);
        var data = answer.Text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(e => e["data: ".Length..]).ToList();
        Assert.Equal("[DONE]", data[^1]);
        var chunks = data.SkipLast(1).Select(d => JsonSerializer.Deserialize<JsonElement>(d)).ToList();
        var digest = Assert.Single(chunks.Select(c => c.GetProperty("system_fingerprint").GetString()).Append(answer.Headers.GetValues("X-Model-Digest").Single()).Distinct());
        var choices = chunks.Select(c => c.GetProperty("choices")[0]).ToList();
        return new(digest!, string.Concat(choices.Select(Content)), [.. choices.SelectMany(Ids)], [.. choices.SelectMany(LogProbs)],
            Assert.Single(choices.Select(c => c.GetProperty("finish_reason").GetString()).OfType<string>()));
    }

    private static object Question(string model, string question, bool stream) => new
    {
        model,
        stream,
        messages = new[] { new { role = "user", content = question } },
        temperature = 0,
        max_tokens = 12,
        logprobs = true,
        return_token_ids = true,
    };

    private static string? Content(JsonElement choice) => choice.GetProperty("delta").TryGetProperty("content", out var content) ? content.GetString() : null;

    private static IEnumerable<int> Ids(JsonElement choice) =>
        choice.TryGetProperty("token_ids", out var ids) ? ids.EnumerateArray().Select(id => id.GetInt32()) : [];

    private static IEnumerable<double> LogProbs(JsonElement choice) =>
        choice.GetProperty("logprobs") is { ValueKind: JsonValueKind.Object } logs ? logs.GetProperty("content").EnumerateArray().Select(t => t.GetProperty("logprob").GetDouble()) : [];
}
