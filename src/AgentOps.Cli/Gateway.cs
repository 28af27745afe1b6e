using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace AgentOps.Cli;

/// <summary>The gateway's API as the commands use it: JSON in and out, and every refusal as its own sentence.</summary>
public sealed class Gateway(Uri address, string key) : IDisposable
{
    private static readonly JsonSerializerOptions Sent = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull };

    private readonly HttpClient _http = new() { BaseAddress = address, DefaultRequestHeaders = { { "X-Api-Key", key } }, Timeout = TimeSpan.FromMinutes(5) };

    /// <summary>A path with its query, of which what is null is left away.</summary>
    public static string PathOf(string path, params IReadOnlyList<(string Name, string? Value)> query) =>
        string.Join('&', query.Where(part => part.Value is not null).Select(part => $"{part.Name}={Uri.EscapeDataString(part.Value!)}")) is { Length: > 0 } given ? $"{path}?{given}" : path;

    public Task<JsonElement> GetAsync(string path, CancellationToken ct) => SendAsync(new(HttpMethod.Get, path), ct);

    public Task<JsonElement> PostAsync(string path, object? body, CancellationToken ct) =>
        SendAsync(new(HttpMethod.Post, path) { Content = body is null ? null : JsonContent.Create(body) }, ct);

    /// <param name="expected">The <c>If-Match</c> header; null: none.</param>
    public Task<JsonElement> PutAsync(string path, object body, string? expected, CancellationToken ct)
    {
        HttpRequestMessage request = new(HttpMethod.Put, path) { Content = JsonContent.Create(body, options: Sent) };
        if (expected is not null)
            request.Headers.TryAddWithoutValidation("If-Match", expected);
        return SendAsync(request, ct);
    }

    /// <summary>A list with all its pages in one.</summary>
    /// <param name="query">What the list is asked for besides.</param>
    public async Task<JsonElement> GetAllAsync(string path, CancellationToken ct, params IReadOnlyList<(string Name, string? Value)> query)
    {
        List<JsonElement> items = [];
        for (string? cursor = null; ;)
        {
            var asked = cursor;
            var page = await Patience.AskAsync(() => GetAsync(PathOf(path, [.. query, ("cursor", asked)]), ct), ct);
            items.AddRange(page.GetProperty("items").EnumerateArray());
            if (page.Text("next") is not { Length: > 0 } next)
                return JsonSerializer.SerializeToElement(new { items });
            cursor = next;
        }
    }

    /// <summary>A document as it is.</summary>
    public async Task<string> GetTextAsync(string path, CancellationToken ct)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, path);
        using var response = await ReachAsync(() => _http.SendAsync(request, ct));
        var text = await response.Content.ReadAsStringAsync(ct);
        return response.IsSuccessStatusCode ? text : throw Refusal(response, text);
    }

    /// <param name="key">The same call with the same key is one call.</param>
    public Task<JsonElement> PostTextAsync(string path, string text, string mediaType, Guid key, CancellationToken ct) =>
        SendAsync(new(HttpMethod.Post, path) { Content = new StringContent(text, Encoding.UTF8, mediaType), Headers = { { "Idempotency-Key", key.ToString() } } }, ct);

    public Task<JsonElement> DeleteAsync(string path, CancellationToken ct) => SendAsync(new(HttpMethod.Delete, path), ct);

    /// <summary>Writes an answer into a file: whole, or not at all.</summary>
    public async Task DownloadAsync(string path, string file, CancellationToken ct)
    {
        if (!Directory.Exists(Path.GetDirectoryName(file)))
            throw new CommandFailedException($"{file} cannot be written: its folder does not exist.", ExitCode.Usage);
        var aside = $"{file}.{Guid.NewGuid():N}";
        try
        {
            using HttpRequestMessage request = new(HttpMethod.Get, path);
            using var response = await ReachAsync(() => _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct));
            if (!response.IsSuccessStatusCode)
                throw Refusal(response, await response.Content.ReadAsStringAsync(ct));
            await using var content = await response.Content.ReadAsStreamAsync(ct);
            await using (var target = File.Create(aside))
                await content.CopyToAsync(target, ct);
            File.Move(aside, file, overwrite: true);
        }
        catch (Exception failed) when (failed is UnauthorizedAccessException or IOException)
        {
            throw new CommandFailedException($"{file} could not be written: {failed.Message}", ExitCode.Usage);
        }
        finally
        {
            File.Delete(aside);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<JsonElement> SendAsync(HttpRequestMessage request, CancellationToken ct)
    {
        using (request)
        {
            // The whole body is there when the call returns.
            using var response = await ReachAsync(() => _http.SendAsync(request, ct));
            var body = await response.Content.ReadAsStringAsync(ct);
            if (!response.IsSuccessStatusCode)
                throw Refusal(response, body);
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

    private static CommandFailedException Refusal(HttpResponseMessage response, string body) =>
        new(Sentence(response, body), ExitCode.Refused) { MayPass = response.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests };

    private async Task<T> ReachAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask();
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
