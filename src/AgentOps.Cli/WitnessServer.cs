using System.Text;
using AgentOps.Proofs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AgentOps.Cli;

/// <summary>C2SP tlog-witness over HTTP, on the loopback address: put a reverse proxy with TLS before it where others are to reach it.</summary>
public static class WitnessServer
{
    // A note, and 63 hashes in base64.
    private const int MostBytes = SignedNote.MostCharacters + 4096;

    /// <param name="memory">The server's from here on.</param>
    public static WebApplication Create(WitnessMemory memory, int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}").ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = MostBytes);
        // The container disposes of what it was asked for, and made itself.
        builder.Services.AddSingleton(_ => memory);
        var app = builder.Build();
        _ = app.Services.GetRequiredService<WitnessMemory>();
        app.MapPost("/add-checkpoint", async (HttpRequest request, CancellationToken ct) =>
        {
            using var body = new StreamReader(request.Body, Encoding.UTF8);
            return Answered(memory, await body.ReadToEndAsync(ct));
        });
        return app;
    }

    private static IResult Answered(WitnessMemory memory, string body)
    {
        try
        {
            var answer = memory.Add(body);
            return Results.Text(answer.Body, answer.Status == StatusCodes.Status409Conflict ? "text/x.tlog.size" : "text/plain; charset=utf-8", statusCode: answer.Status);
        }
        catch (FormatException malformed)
        {
            return Results.Text(malformed.Message, statusCode: StatusCodes.Status400BadRequest);
        }
    }
}
