using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace AgentOps.Tests;

/// <summary>An answer of the gateway, read to its end.</summary>
public sealed partial record Answer(HttpStatusCode Status, string? ContentType, HttpResponseHeaders Headers, string Text)
{
    public JsonElement Json => JsonSerializer.Deserialize<JsonElement>(Text);

    public Answer Is(HttpStatusCode status)
    {
        Assert.True(Status == status, $"Expected {(int)status}, got {(int)Status}: {Text}");
        return this;
    }

    /// <summary>RFC 9457 problem details with a type of ours, and one sentence.</summary>
    public static JsonElement AssertProblem(Answer answer, HttpStatusCode status, string kind)
    {
        answer.Is(status);
        Assert.Equal("application/problem+json", answer.ContentType);
        Assert.Equal($"urn:agentops:problem:{kind}", answer.Json.GetProperty("type").GetString());
        Assert.Equal((int)status, answer.Json.GetProperty("status").GetInt32());
        Assert.Matches(Sentence(), answer.Json.GetProperty("detail").GetString());
        return answer.Json;
    }

    [GeneratedRegex(@"\A.{10,400}\.\z")]
    private static partial Regex Sentence();
}

/// <summary>The gateway's API in the hands of one caller.</summary>
public sealed class Api(Uri gateway, string? key)
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromMinutes(3) };

    public async Task<Answer> SendAsync(HttpMethod method, string path, HttpContent? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri(gateway, path)) { Content = body };
        // As curl does: what is refused by its headers alone is then not sent at all.
        request.Headers.ExpectContinue = body?.Headers.ContentLength > 1 << 20;
        if (key is not null)
            request.Headers.Add("X-Api-Key", key);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = await Http.SendAsync(request);
        return new(response.StatusCode, response.Content.Headers.ContentType?.MediaType, response.Headers, await response.Content.ReadAsStringAsync());
    }

    public Task<Answer> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public Task<Answer> PostAsync(string path, object body) => SendAsync(HttpMethod.Post, path, Json(body));

    public Task<Answer> SubmitAsync(string file) => SendAsync(HttpMethod.Post, "/api/v1/runs", new StringContent(file, Encoding.UTF8, "application/yaml"));

    public static StringContent Json(object body) => new(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
}
