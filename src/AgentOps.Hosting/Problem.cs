using AgentOps.Ledger;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Npgsql;

namespace AgentOps.Hosting;

/// <summary>A refusal with one clear sentence; the host turns it into RFC 9457 problem details.</summary>
/// <param name="kind">The stable end of the problem's type, such as <c>unknown-run</c>.</param>
/// <param name="sentence">What was wrong, where, and what to do.</param>
public sealed class ProblemException(int status, string kind, string sentence) : Exception(sentence)
{
    public int Status { get; } = status;

    public string Kind { get; } = kind;

    /// <summary>Further members of the problem details, such as <c>line</c> and <c>key</c>.</summary>
    public IReadOnlyDictionary<string, object?> Members { get; init; } = new Dictionary<string, object?>();

    public static ProblemException NotFound(string what, string id) =>
        new(StatusCodes.Status404NotFound, $"unknown-{what.Replace(' ', '-')}", $"There is no {what} '{id}'.");

    public static ProblemException BadRequest(string kind, string sentence) => new(StatusCodes.Status400BadRequest, kind, sentence);
}

internal sealed class ProblemHandler(IProblemDetailsService problems) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken ct)
    {
        var problem = exception switch
        {
            ProblemException known => Details(known),
            BadHttpRequestException bad => Details(new(bad.StatusCode, KindOf(bad.StatusCode), Innermost(bad).Message)),
            NpgsqlException { IsTransient: true } or LedgerUnavailableException => Details(new(StatusCodes.Status503ServiceUnavailable, "ledger-unavailable",
                "The ledger does not answer: it may be restarting, try again in a few seconds.")),
            // A view's tables come into being when it has been built for the first time.
            PostgresException { SqlState: PostgresErrorCodes.UndefinedTable } => Details(new(StatusCodes.Status503ServiceUnavailable, "view-unavailable",
                "What is listed here is still being built from the ledger: try again in a few seconds.")),
            // What reaches a query is what the request says: everything else is checked before it is stored.
            PostgresException { SqlState: PostgresErrorCodes.CharacterNotInRepertoire } => Details(new(StatusCodes.Status400BadRequest, "malformed-request",
                "The request has a character with the number 0, by which nothing is called: leave it out.")),
            _ => null,
        };
        if (problem is null)
            return false;
        context.Response.StatusCode = problem.Status!.Value;
        return await problems.TryWriteAsync(new() { HttpContext = context, ProblemDetails = problem });
    }

    private static string KindOf(int status) => status switch
    {
        StatusCodes.Status413PayloadTooLarge => "too-large",
        StatusCodes.Status415UnsupportedMediaType => "media-type",
        _ => "malformed-request",
    };

    private static Exception Innermost(Exception exception) => exception.InnerException is { } inner ? Innermost(inner) : exception;

    private static ProblemDetails Details(ProblemException known) => new()
    {
        Type = $"urn:agentops:problem:{known.Kind}",
        Title = known.Kind.Replace('-', ' '),
        Status = known.Status,
        Detail = known.Message,
        Extensions = known.Members.ToDictionary(),
    };
}
