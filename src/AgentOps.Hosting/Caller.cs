using System.Security.Claims;
using AgentOps.Contracts;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace AgentOps.Hosting;

/// <summary>Who makes a request, as the verified token says; nobody believes a plain header.</summary>
/// <param name="Actor">The name that goes into the events' metadata: a key's name, or <c>service:NAME</c>.</param>
public sealed record Caller(string Actor, Role Role)
{
    /// <summary>Services call each other as operators.</summary>
    public static Caller Service(string name) => new($"service:{name}", Role.Operator);

    /// <summary>Whether this actor is a service and no person.</summary>
    public static bool IsService(string actor) => actor.StartsWith(Service("").Actor, StringComparison.Ordinal);

    public static ValueTask<Caller?> BindAsync(HttpContext context) => ValueTask.FromResult<Caller?>(Of(context.User));

    /// <exception cref="InvalidOperationException">The endpoint was not behind <see cref="CallerPolicies.RequireRole{T}"/>.</exception>
    public static Caller Of(ClaimsPrincipal user) =>
        user.FindFirst("sub")?.Value is { } actor && Enum.TryParse<Role>(user.FindFirst("role")?.Value, out var role)
            ? new(actor, role)
            : throw new InvalidOperationException("This request carries no verified caller.");
}

public static class CallerPolicies
{
    /// <summary>Lets through callers of this role or a higher one: 401 without a caller, 403 with too little role.</summary>
    public static T RequireRole<T>(this T endpoints, Role least) where T : IEndpointConventionBuilder =>
        endpoints.RequireAuthorization(policy => policy.RequireAuthenticatedUser().RequireAssertion(context => HasAtLeast(context, least)));

    private static bool HasAtLeast(AuthorizationHandlerContext context, Role least) =>
        Enum.TryParse<Role>(context.User.FindFirst("role")?.Value, out var role) && role >= least;
}
