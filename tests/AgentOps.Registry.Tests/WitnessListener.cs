using System.Net;
using System.Security.Cryptography;
using AgentOps.Proofs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AgentOps.Registry.Tests;

/// <summary>A real witness on this machine, by the rules of C2SP tlog-witness: it refuses as long as it is told to.</summary>
internal sealed class WitnessListener : IAsyncDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly NoteKey _log;
    private readonly WebApplication _app;
    private Checkpoint? _last;

    private WitnessListener(WebApplication app, NoteKey log) => (_app, _log) = (app, log);

    /// <summary>True: it answers that it is not to be had.</summary>
    public bool IsAway { get; set; }

    /// <summary>Events under the last checkpoint that it has cosigned.</summary>
    public long Seen => _last?.Size ?? 0;

    public CosignatureKey Key => new("w", _key.ExportSubjectPublicKeyInfo());

    public string Address => _app.Urls.Single();

    public string[] Settings => [$"--AGENTOPS_WITNESS_URL={Address}", $"--AGENTOPS_WITNESS_KEY={Key}"];

    /// <param name="log">The first key of the log that it witnesses.</param>
    public static async Task<WitnessListener> StartAsync(NoteKey log)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var listener = new WitnessListener(builder.Build(), log);
        listener._app.MapPost("/add-checkpoint", listener.AnswerAsync);
        await listener._app.StartAsync();
        return listener;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _key.Dispose();
    }

    private async Task<IResult> AnswerAsync(HttpRequest request)
    {
        using var body = new StreamReader(request.Body);
        var asked = WitnessRequest.Parse(await body.ReadToEndAsync());
        if (IsAway)
            return Results.Text("not now", statusCode: StatusCodes.Status503ServiceUnavailable);
        var answer = WitnessRules.Answer(asked, [_log], _last);
        _last = answer.Accepted ?? _last;
        return Results.Text(answer.Accepted is { } accepted ? SignedNote.Line(CosignatureKey.Cosign("w", _key, accepted.Text, DateTimeOffset.UtcNow)) : answer.Body, statusCode: answer.Status);
    }
}
