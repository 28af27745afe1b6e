using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace AgentOps.Cli;

/// <summary>The gateway's API as the commands use it: JSON in and out, and every refusal as its own sentence.</summary>
public sealed class Gateway(Uri address, string key) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = address, DefaultRequestHeaders = { { "X-Api-Key", key } }, Timeout = TimeSpan.FromMinutes(5) };

    public Task<JsonElement> GetAsync(string path, CancellationToken ct) => SendAsync(new(HttpMethod.Get, path), ct);

    public Task<JsonElement> PostAsync(string path, object? body, CancellationToken ct) =>
        SendAsync(new(HttpMethod.Post, path) { Content = body is null ? null : JsonContent.Create(body) }, ct);

    public Task<JsonElement> PostTextAsync(string path, string text, string mediaType, CancellationToken ct) =>
        SendAsync(new(HttpMethod.Post, path) { Content = new StringContent(text, Encoding.UTF8, mediaType) }, ct);

    public Task<JsonElement> DeleteAsync(string path, CancellationToken ct) => SendAsync(new(HttpMethod.Delete, path), ct);

    /// <summary>Server-sent events from a position on, until the server ends the stream.</summary>
    public async IAsyncEnumerable<System.Net.ServerSentEvents.SseItem<string>> EventsAsync(string path, string? lastEventId, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, path);
        request.Headers.Accept.Add(new("text/event-stream"));
        if (lastEventId is not null)
            request.Headers.Add("Last-Event-ID", lastEventId);
        using var response = await AnswerAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        await using var stream = await response.Content.ReadAsStreamAsync(ct);
        await foreach (var item in System.Net.ServerSentEvents.SseParser.Create(stream).EnumerateAsync(ct))
            yield return item;
    }

    public void Dispose() => _http.Dispose();

    private async Task<JsonElement> SendAsync(HttpRequestMessage request, CancellationToken ct)
    {
        using (request)
        {
            using var response = await AnswerAsync(request, HttpCompletionOption.ResponseContentRead, ct);
            var body = await response.Content.ReadAsStringAsync(ct);
            return body.Length == 0 ? default : JsonDocument.Parse(body).RootElement;
        }
    }

    private async Task<HttpResponseMessage> AnswerAsync(HttpRequestMessage request, HttpCompletionOption completion, CancellationToken ct)
    {
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, completion, ct);
        }
        catch (HttpRequestException unreachable)
        {
            throw new CommandFailedException($"The gateway at {_http.BaseAddress} cannot be reached ({unreachable.Message}): is the stack running? Start it with `dotnet run --project AgentOps.AppHost`, or give --url.", ExitCode.Unreachable);
        }
        if (response.IsSuccessStatusCode)
            return response;
        using (response)
            throw new CommandFailedException(Sentence(response, await response.Content.ReadAsStringAsync(ct)), ExitCode.Refused);
    }

    private static string Sentence(HttpResponseMessage response, string body)
    {
        try
        {
            var problem = JsonDocument.Parse(body).RootElement;
            if (problem.TryGetProperty("detail", out var detail))
                return detail.GetString()!;
            if (problem.TryGetProperty("error", out var error) && error.TryGetProperty("message", out var message))
                return message.GetString()!;
        }
        catch (JsonException)
        {
            // Not a problem document: the status must do.
        }
        return $"The gateway answered {(int)response.StatusCode} {response.ReasonPhrase} to {response.RequestMessage?.Method} {response.RequestMessage?.RequestUri?.AbsolutePath}.";
    }
}
