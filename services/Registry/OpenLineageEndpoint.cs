using System.Net.Http.Headers;
using System.Net.Mime;
using System.Text;

namespace AgentOps.Registry;

/// <summary>Where runs are told to: <c>POST /api/v1/lineage</c> below an address, as OpenLineage's HTTP transport has it.</summary>
public sealed class OpenLineageEndpoint : IDisposable
{
    private const int ReasonCharacters = 200;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) }) { Timeout = Patience };
    private readonly Uri _address;
    private readonly Func<string?> _token;

    /// <param name="address">Of the endpoint's root.</param>
    /// <param name="token">The bearer token of now, if any.</param>
    /// <exception cref="InvalidOperationException">It is no address, or carries a password that would be logged with it.</exception>
    public OpenLineageEndpoint(string address, Func<string?>? token = null)
    {
        if (!Uri.TryCreate(address.TrimEnd('/') + "/api/v1/lineage", UriKind.Absolute, out var lineage) || lineage.Scheme is not ("http" or "https"))
            throw new InvalidOperationException("AGENTOPS_OPENLINEAGE_URL is not an address: expected something like http://127.0.0.1:5000.");
        if (lineage.UserInfo.Length > 0 || lineage.Query.Length > 0)
            throw new InvalidOperationException("AGENTOPS_OPENLINEAGE_URL carries a password or a query: put the token into the file that AGENTOPS_OPENLINEAGE_TOKEN_FILE names.");
        (_address, _token) = (lineage, token ?? (() => null));
    }

    /// <summary>Null where no endpoint is configured.</summary>
    public static OpenLineageEndpoint? Of(Func<string, string?> setting) => setting("AGENTOPS_OPENLINEAGE_URL") is { Length: > 0 } address
        ? new(address, setting("AGENTOPS_OPENLINEAGE_TOKEN_FILE") is { Length: > 0 } file ? () => File.ReadAllText(file).Trim() : () => setting("AGENTOPS_OPENLINEAGE_TOKEN"))
        : null;

    /// <summary>Tells one event.</summary>
    /// <returns>Null once the endpoint has taken it, else why it has not.</returns>
    public async Task<string?> TryPostAsync(string json, CancellationToken ct)
    {
        try
        {
            var token = _token();
            using var request = new HttpRequestMessage(HttpMethod.Post, _address) { Content = new StringContent(json, Encoding.UTF8, MediaTypeNames.Application.Json) };
            if (token is { Length: > 0 })
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
            return answer.IsSuccessStatusCode ? null : $"it answered {(int)answer.StatusCode}{Hidden(await ReasonAsync(answer, ct), token)}";
        }
        catch (Exception failed) when (failed is HttpRequestException or IOException or UnauthorizedAccessException or FormatException || (failed is TaskCanceledException && !ct.IsCancellationRequested))
        {
            return failed is TaskCanceledException ? $"it did not answer within {Patience.TotalSeconds:0} s" : failed is FormatException ? "the token is not one that a header can carry" : failed.Message;
        }
    }

    public override string ToString() => _address.ToString();

    public void Dispose() => _http.Dispose();

    /// <summary>The beginning of what the endpoint said, on one line.</summary>
    private static async Task<string> ReasonAsync(HttpResponseMessage answer, CancellationToken ct)
    {
        using var body = new StreamReader(await answer.Content.ReadAsStreamAsync(ct));
        var reason = new char[ReasonCharacters];
        var read = await body.ReadBlockAsync(reason, ct);
        return read == 0 ? "" : $": {string.Concat(reason[..read].Select(c => char.IsControl(c) ? ' ' : c))}";
    }

    /// <summary>An endpoint may repeat what it was sent; the log does not.</summary>
    private static string Hidden(string reason, string? token) => token is { Length: > 0 } ? reason.Replace(token, "…", StringComparison.Ordinal) : reason;
}
