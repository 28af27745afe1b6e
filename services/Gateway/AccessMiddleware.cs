using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace AgentOps.Gateway;

public static class AccessMiddleware
{
    /// <summary>Stands before everything that may refuse a call; what was refused is known when the answer is complete.</summary>
    public static void UseAccessLog(this WebApplication app) => app.Use((context, next) =>
    {
        context.Response.OnCompleted(() =>
        {
            if (context.Response.StatusCode is StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden or StatusCodes.Status429TooManyRequests)
                context.RequestServices.GetRequiredService<AccessLog>().Denied(
                    context.User.FindFirst("sub")?.Value, $"{context.Connection.RemoteIpAddress}", context.Request.Method, context.Request.Path, context.Response.StatusCode);
            return Task.CompletedTask;
        });
        return next(context);
    });
}
