using System.Net;
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

    /// <param name="key">The same call with the same key is one call.</param>
    public Task<JsonElement> PostTextAsync(string path, string text, string mediaType, Guid key, CancellationToken ct) =>
        SendAsync(new(HttpMethod.Post, path) { Content = new StringContent(text, Encoding.UTF8, mediaType), Headers = { { "Idempotency-Key", key.ToString() } } }, ct);

    public Task<JsonElement> DeleteAsync(string path, CancellationToken ct) => SendAsync(new(HttpMethod.Delete, path), ct);

    public void Dispose() => _http.Dispose();

    private async Task<JsonElement> SendAsync(HttpRequestMessage request, CancellationToken ct)
    {
        using (request)
        {
            var (response, body) = await AnswerAsync(request, ct);
            if (!response.IsSuccessStatusCode)
                throw new CommandFailedException(Sentence(response, body), ExitCode.Refused) { MayPass = response.StatusCode == HttpStatusCode.ServiceUnavailable };
            try
            {
                return body.Length == 0 ? default : JsonDocument.Parse(body).RootElement;
            }
            catch (JsonException)
            {
                throw new CommandFailedException($"What answers at {_http.BaseAddress} is no gateway of AgentOps: its answer to {request.RequestUri} is not JSON. Give the right address with --url.", ExitCode.Unreachable);
            }
        }
    }

    private async Task<(HttpResponseMessage Response, string Body)> AnswerAsync(HttpRequestMessage request, CancellationToken ct)
    {
        try
        {
            using var response = await _http.SendAsync(request, ct);
            return (response, await response.Content.ReadAsStringAsync(ct));
        }
        catch (Exception unreachable) when (unreachable is HttpRequestException or IOException)
        {
            throw new CommandFailedException($"The gateway at {_http.BaseAddress} cannot be reached ({unreachable.Message}): is the stack running? Start it with `dotnet run --project AgentOps.AppHost`, or give --url.", ExitCode.Unreachable) { MayPass = true };
        }
        catch (TaskCanceledException late) when (late.InnerException is TimeoutException)
        {
            throw new CommandFailedException($"The gateway at {_http.BaseAddress} has not answered for {_http.Timeout.TotalMinutes:0} minutes.", ExitCode.Unreachable);
        }
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
