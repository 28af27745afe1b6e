using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AgentOps.Gateway;

/// <summary>A key in <c>X-Api-Key</c>, or as a bearer token as OpenAI's clients send it.</summary>
public sealed class KeyAuthentication(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logs, UrlEncoder encoder, KeyRing ring)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logs, encoder)
{
    public const string Header = "X-Api-Key";
    private const string Bearer = "Bearer ";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var key = KeyOf(Request);
        if (key is null)
            return Task.FromResult(AuthenticateResult.NoResult());
        if (key.Length > 200 || ring.Identify(key) is not { } caller)
            return Task.FromResult(AuthenticateResult.Fail("The key is not in force."));
        ClaimsIdentity identity = new([new("sub", caller.Actor), new("role", caller.Role.ToString())], Scheme.Name);
        return Task.FromResult(AuthenticateResult.Success(new(new(identity), Scheme.Name)));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties) => Refuse(StatusCodes.Status401Unauthorized, "unauthorized",
        KeyOf(Request) is null
            ? $"This call needs a key, in the header {Header} or as a bearer token; the stack's admin key is in admin.key in its state folder."
            : "The key is not in force: it is wrong or was revoked.");

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => Refuse(StatusCodes.Status403Forbidden, "forbidden",
        $"A key of the role {Context.User.FindFirst("role")?.Value.ToLowerInvariant()} may not do this: use one of a higher role.");

    private static string? KeyOf(HttpRequest request) =>
        request.Headers[Header].FirstOrDefault() is { Length: > 0 } key ? key
        : request.Headers.Authorization.FirstOrDefault() is { } header && header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? header[Bearer.Length..].Trim()
        : null;

    private Task Refuse(int status, string kind, string sentence)
    {
        Response.StatusCode = status;
        return Context.RequestServices.GetRequiredService<IProblemDetailsService>().WriteAsync(new()
        {
            HttpContext = Context,
            ProblemDetails = { Type = $"urn:agentops:problem:{kind}", Title = kind, Status = status, Detail = sentence },
        }).AsTask();
    }
}

public static class KeyAuthenticationSetup
{
    /// <summary>Callers of the gateway show keys, not tokens: inside the stack tokens are believed, here nobody's.</summary>
    public static IServiceCollection AddKeyAuthentication(this IServiceCollection services)
    {
        services.AddAuthentication("key").AddScheme<AuthenticationSchemeOptions, KeyAuthentication>("key", null);
        services.PostConfigure<AuthenticationOptions>(authentication =>
        {
            authentication.DefaultScheme = "key";
            authentication.DefaultAuthenticateScheme = "key";
            authentication.DefaultChallengeScheme = "key";
        });
        return services.AddAuthorization(Proxy.AddRoles);
    }
}
