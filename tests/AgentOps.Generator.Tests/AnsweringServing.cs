using System.Net;
using System.Text;

namespace AgentOps.Generator.Tests;

/// <summary>Serving as far as a policy sees it: what it answers to the first turn, the second, and so on; the last answer stays.</summary>
internal sealed class AnsweringServing(params (HttpStatusCode Status, string Body)[] answers) : HttpMessageHandler
{
    /// <summary>Two sampled tokens.</summary>
    public static readonly (HttpStatusCode, string) Turn = (HttpStatusCode.OK, """{"choices":[{"token_ids":[5,3],"logprobs":{"content":[{"logprob":-0.5},{"logprob":-0.5}]}}]}""");

    private int _asked = -1;

    /// <summary>What it was asked, in order.</summary>
    public List<string> Asked { get; } = [];

    public static (HttpStatusCode, string) Refusal(HttpStatusCode status, string code, string message) =>
        (status, $$"""{"error": {"message": "{{message}}", "type": "invalid_request_error", "param": null, "code": "{{code}}" } }""");

    public HttpClient Client() => new(this) { BaseAddress = new Uri("http://serving") };

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
    {
        Asked.Add(await request.Content!.ReadAsStringAsync(ct));
        var (status, body) = answers[Math.Min(Interlocked.Increment(ref _asked), answers.Length - 1)];
        return new(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
    }
}
