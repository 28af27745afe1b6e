using Microsoft.AspNetCore.Http;

namespace AgentOps.Hosting;

/// <summary>Gives the statuses that the framework sets by itself the same form as every other refusal: a type of ours and one sentence.</summary>
internal static class PlainProblem
{
    public static void Describe(ProblemDetailsOptions options) => options.CustomizeProblemDetails = context =>
    {
        if (context.ProblemDetails.Detail is not null)
            return;
        var request = context.HttpContext.Request;
        var (kind, sentence) = context.HttpContext.Response.StatusCode switch
        {
            StatusCodes.Status401Unauthorized => ("unauthorized", "This call needs a caller who is known."),
            StatusCodes.Status403Forbidden => ("forbidden", "The caller's role may not do this."),
            StatusCodes.Status404NotFound => ("unknown-path", $"There is nothing at {request.Path}: /openapi/v1.json lists what there is."),
            StatusCodes.Status405MethodNotAllowed => ("method-not-allowed", $"{request.Path} does not take {request.Method}: /openapi/v1.json lists what it takes."),
            StatusCodes.Status413PayloadTooLarge => ("too-large", "The body is larger than this call takes."),
            StatusCodes.Status415UnsupportedMediaType => ("media-type", $"{request.Path} does not take a body of the type '{request.ContentType}': send application/json."),
            StatusCodes.Status500InternalServerError => ("internal-error", $"The request failed for a reason that is not the request's: the service's log has it under {context.HttpContext.TraceIdentifier}."),
            var status => ($"status-{status}", $"{request.Method} {request.Path} ended with status {status}."),
        };
        (context.ProblemDetails.Type, context.ProblemDetails.Title, context.ProblemDetails.Detail) = ($"urn:agentops:problem:{kind}", kind.Replace('-', ' '), sentence);
    };
}
