using System.Net.Http.Headers;
using Microsoft.Extensions.DependencyInjection;

namespace AgentOps.Hosting;

/// <summary>Calls from one service to another, found by Aspire's convention (<c>services__NAME__http__0</c>) and signed with a service token.</summary>
public static class ServiceClients
{
    /// <summary>How long a call waits. Serving waits up to a minute for a model's place, and says so itself.</summary>
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(100);

    /// <summary>Adds the named HttpClient for a service; the address is read when the first call is made.</summary>
    public static IHttpClientBuilder AddServiceClient(this IServiceCollection services, string caller, string service) =>
        services.AddHttpClient(service, (provider, client) =>
            {
                client.BaseAddress = ServiceAddress.Of(provider.GetRequiredService<Microsoft.Extensions.Configuration.IConfiguration>(), service);
                client.Timeout = CallLimit;
            })
            .AddHttpMessageHandler(provider => new SignedCalls(provider.GetRequiredService<InternalToken>(), Caller.Service(caller)));
}

/// <summary>Where another service listens.</summary>
public static class ServiceAddress
{
    /// <exception cref="InvalidOperationException">No address is configured.</exception>
    public static Uri Of(Microsoft.Extensions.Configuration.IConfiguration configuration, string service) =>
        configuration[$"services:{service}:http:0"] is { Length: > 0 } address
            ? new Uri(address)
            : throw new InvalidOperationException($"No address for '{service}': set services__{service}__http__0, as the AppHost does.");
}

internal sealed class SignedCalls(InternalToken tokens, Caller caller) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", tokens.Sign(caller));
        return base.SendAsync(request, ct);
    }
}
