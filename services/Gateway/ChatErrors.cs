using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace AgentOps.Gateway;

/// <summary>Clients of OpenAI's API read a refusal from the member <c>error</c>: below /v1 the gateway's own problem details carry it besides, with the same sentence.</summary>
public static class ChatErrors
{
    public static IServiceCollection AddChatErrors(this IServiceCollection services) => services.PostConfigure<ProblemDetailsOptions>(options =>
    {
        var describe = options.CustomizeProblemDetails;
        options.CustomizeProblemDetails = context =>
        {
            describe?.Invoke(context);
            var problem = context.ProblemDetails;
            if (context.HttpContext.Request.Path.StartsWithSegments("/v1"))
                problem.Extensions["error"] = new { message = problem.Detail, type = TypeOf(context.HttpContext.Response.StatusCode), param = (string?)null, code = CodeOf(context.HttpContext.Response.StatusCode) ?? problem.Title?.Replace(' ', '_') };
        };
    });

    /// <summary>OpenAI's own codes, by which its clients tell refusals apart; null where it has none for this.</summary>
    private static string? CodeOf(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => "invalid_api_key",
        StatusCodes.Status403Forbidden => "insufficient_permissions",
        StatusCodes.Status404NotFound => "unknown_url",
        StatusCodes.Status429TooManyRequests => "rate_limit_exceeded",
        _ => null,
    };

    private static string TypeOf(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => "authentication_error",
        StatusCodes.Status403Forbidden => "permission_error",
        StatusCodes.Status429TooManyRequests => "rate_limit_error",
        >= StatusCodes.Status500InternalServerError => "server_error",
        _ => "invalid_request_error",
    };
}
