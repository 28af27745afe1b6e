using System.Text.Json;
using AgentOps.Contracts;
using AgentOps.Hosting;
using Microsoft.AspNetCore.Mvc;

namespace AgentOps.Serving;

/// <summary>OpenAI's endpoints.</summary>
public static class ChatCompletions
{
    public const string DigestHeader = "X-Model-Digest";
    private static readonly JsonSerializerOptions Wire = new() { MaxDepth = 32, Encoder = EventRegistry.Json.Encoder };

    public static RouteGroupBuilder MapChatCompletions(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/v1");
        group.MapPost("/chat/completions", AnswerAsync).WithMetadata(new RequestSizeLimitAttribute(BodyLimits.Chat));
        group.MapGet("/models", ListAsync);
        return group;
    }

    private static async Task AnswerAsync(HttpContext http, ModelPool models, IModelDirectory directory, TimeProvider time, ILogger<ModelPool> log)
    {
        var ct = http.RequestAborted;
        try
        {
            var request = await JsonSerializer.DeserializeAsync<ChatRequest>(http.Request.Body, Wire, ct)
                ?? throw ApiException.Wrong("body", "The body is empty: a JSON object is expected.");
            var question = ChatQuestion.Of(request);
            using var lease = await models.RentAsync(await DigestOf(question.Model, directory, ct), ct);
            var answer = new ChatAnswer(question, lease.Model, time.GetUtcNow());
            http.Response.Headers[DigestHeader] = lease.Model.Digest.ToString();
            if (question.Stream)
                await StreamAsync(http, answer, ct);
            else
                await http.Response.WriteAsJsonAsync(await answer.WholeAsync(ct), Wire, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The caller has gone: its slot is free and nobody is left to tell.
        }
        catch (Exception failure) when (ApiException.Of(failure) is { } refusal)
        {
            await RefuseAsync(http, refusal);
        }
        catch (Exception failure)
        {
            log.LogError(failure, "Chat request {Trace} failed.", http.TraceIdentifier);
            await RefuseAsync(http, ApiException.Unforeseen(http.TraceIdentifier));
        }
    }

    private static async Task<IResult> ListAsync(ModelPool models, IModelDirectory directory, CancellationToken ct)
    {
        var named = await directory.ListAsync(ct);
        var loaded = models.Loaded.Select(digest => new ModelListing(digest.ToString(), 0, digest.ToString()));
        return Results.Json(new ModelList([.. named.Select(m => new ModelListing(m.Name, m.Since.ToUnixTimeSeconds(), m.Digest.ToString())), .. loaded]), Wire);
    }

    private static async Task<Digest> DigestOf(string model, IModelDirectory directory, CancellationToken ct)
    {
        if (Digest.TryParse(model, out var digest))
            return digest;
        return await directory.FindAsync(model, ct)
            ?? throw ApiException.UnknownModel($"There is no model '{model}': give a digest (sha256: and 64 hexadecimal digits), name@alias or the name of a deployment; GET /v1/models lists them.");
    }

    // The first piece is awaited before the headers go out, so that a refusal still has its status.
    private static async Task StreamAsync(HttpContext http, ChatAnswer answer, CancellationToken ct)
    {
        await using var pieces = answer.PiecesAsync(ct).GetAsyncEnumerator(ct);
        var more = await pieces.MoveNextAsync();
        http.Response.ContentType = "text/event-stream; charset=utf-8";
        http.Response.Headers.CacheControl = "no-cache";
        for (; more; more = await pieces.MoveNextAsync())
            await SendAsync(http, JsonSerializer.SerializeToUtf8Bytes(pieces.Current, Wire));
        await SendAsync(http, "[DONE]"u8.ToArray());
    }

    private static async Task RefuseAsync(HttpContext http, ApiException refusal)
    {
        if (http.Response.HasStarted)
        {
            await SendAsync(http, JsonSerializer.SerializeToUtf8Bytes(refusal.Body, Wire));
            return;
        }
        http.Response.StatusCode = refusal.Status;
        if (refusal.Status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable)
            http.Response.Headers.RetryAfter = "1";
        await http.Response.WriteAsJsonAsync(refusal.Body, Wire, http.RequestAborted);
    }

    private static async Task SendAsync(HttpContext http, byte[] data)
    {
        await http.Response.Body.WriteAsync((byte[])[.. "data: "u8, .. data, .. "\n\n"u8], http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
    }
}
