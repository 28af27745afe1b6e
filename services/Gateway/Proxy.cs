using AgentOps.Contracts;
using AgentOps.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Transforms;

namespace AgentOps.Gateway;

/// <summary>Forwards the API's calls: the caller's key stays here, and a 60-second token with actor and role goes on.</summary>
public static class Proxy
{
    /// <summary>Server-sent events of a long run are silent for at most this long before a keep-alive comes.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(10);

    private const string Audit = "audit";

    public static IServiceCollection AddProxy(this IServiceCollection services, IConfiguration configuration)
    {
        var routes = Routes.All.Select((route, index) => new RouteConfig
        {
            RouteId = $"{index}-{route.Service}",
            ClusterId = route.Service,
            AuthorizationPolicy = route.Least.ToString(),
            MaxRequestBodySize = route.MaxBodyBytes,
            Match = new() { Path = route.Path, Methods = route.Methods },
            Metadata = new Dictionary<string, string> { [Audit] = route.IsAudit.ToString() },
        });
        var clusters = Routes.Services.Select(service => new ClusterConfig
        {
            ClusterId = service,
            HttpRequest = new ForwarderRequestConfig { ActivityTimeout = Silence },
            Destinations = new Dictionary<string, DestinationConfig> { ["0"] = new() { Address = ServiceAddress.Of(configuration, service).ToString() } },
        });
        services.AddReverseProxy().LoadFromMemory([.. routes], [.. clusters]).AddTransforms(transforms => transforms.AddRequestTransform(Sign));
        return services;
    }

    public static void MapProxy(this WebApplication app) => app.MapReverseProxy(pipeline => pipeline.Use(async (context, next) =>
    {
        if (context.GetReverseProxyFeature().Route.Config.Metadata![Audit] == bool.TrueString)
        {
            context.RequestServices.GetRequiredService<Quotas>().ChargeReading(Caller.Of(context.User).Actor);
            await context.RequestServices.GetRequiredService<AccessLog>().ReadAsync(Caller.Of(context.User), $"{context.Request.Path}{context.Request.QueryString}", context.RequestAborted);
        }
        await next();
        if (context.Features.Get<IForwarderErrorFeature>() is { } error && !context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
            throw Away(context.Request.Path, error.Error.ToString());
    }));

    /// <summary>The refusal for a call whose service cannot be reached.</summary>
    public static ProblemException Away(string path, string why) => new(StatusCodes.Status503ServiceUnavailable, "service-unavailable",
        $"The service behind {path} does not answer ({why}): it may be restarting, try again in a few seconds.");

    private static ValueTask Sign(RequestTransformContext context)
    {
        var tokens = context.HttpContext.RequestServices.GetRequiredService<InternalToken>();
        var caller = Caller.Of(context.HttpContext.User);
        context.ProxyRequest.Headers.Remove(KeyAuthentication.Header);
        context.ProxyRequest.Headers.Authorization = new("Bearer", tokens.Sign(caller));
        return ValueTask.CompletedTask;
    }

    /// <summary>A policy for each role, so that a route can name what it takes.</summary>
    public static void AddRoles(this AuthorizationOptions options)
    {
        foreach (var least in Enum.GetValues<Role>())
            options.AddPolicy(least.ToString(), policy => policy.RequireAuthenticatedUser().RequireAssertion(context =>
                Enum.TryParse<Role>(context.User.FindFirst("role")?.Value, out var role) && role >= least));
    }
}
