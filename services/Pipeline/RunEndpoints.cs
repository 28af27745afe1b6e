using System.Text;
using System.Text.Json;
using AgentOps.Contracts;
using AgentOps.Environments;
using AgentOps.Hosting;
using AgentOps.Ledger;
using Microsoft.AspNetCore.Mvc;
using Npgsql;

namespace AgentOps.Pipeline;

public static class RunEndpoints
{
    private const int PageSize = 50;
    private const int MostKeyCharacters = 200;

    public static void MapRuns(this WebApplication app)
    {
        var runs = app.MapGroup("/api/v1/runs");
        runs.MapGet("", ListAsync).RequireRole(Role.Viewer).ShowsView(RunView.Name);
        runs.MapGet("/{id:guid}", ShowAsync).RequireRole(Role.Viewer).ShowsView(RunView.Name);
        runs.MapGet("/{id:guid}/events", RunEventStream.SendAsync).RequireRole(Role.Viewer);
        runs.MapPost("", SubmitAsync).RequireRole(Role.Operator).Produces(StatusCodes.Status202Accepted);
        runs.MapGet("/{id:guid}/file", FileAsync).RequireRole(Role.Viewer);
        runs.MapPost("/{id:guid}/reproduce", ReproduceAsync).RequireRole(Role.Operator).Produces(StatusCodes.Status202Accepted);
        runs.MapPost("/{id:guid}/cancel", CancelAsync).RequireRole(Role.Operator).Produces(StatusCodes.Status202Accepted);
    }

    private static Task<Page<ListedRun>> ListAsync(long? cursor, NpgsqlDataSource db, CancellationToken ct) => RunQueries.ListAsync(db, cursor, PageSize, ct);

    private static async Task<ShownRun> ShowAsync(Guid id, NpgsqlDataSource db, LedgerStore ledger, [FromKeyedServices(RunView.Name)] Projection view, CancellationToken ct)
    {
        var run = new RunId(id);
        if (await RunQueries.FindAsync(db, run, ct) is { } shown)
            return shown;
        // A run that was only just submitted may not be in the view yet.
        var folded = await ledger.FoldAsync<PipelineRun>(run.Stream(), PipelineRun.Evolve, ct);
        if (folded.State is null)
            throw ProblemException.NotFound("run", id.ToString());
        await view.WaitForAsync(folded.Position, ct: ct);
        return await RunQueries.FindAsync(db, run, ct)
            ?? throw new ProblemException(StatusCodes.Status503ServiceUnavailable, "view-lags", $"Run {id} exists, but the view of runs has not reached it yet: ask again in a moment.");
    }

    /// <summary>Submits the file in the body, or with <c>?retryOf=</c> and no body the retried run's own. A caller that says the same <c>Idempotency-Key</c> again gets the run that there is.</summary>
    private static async Task<IResult> SubmitAsync([FromQuery] Guid? retryOf, [FromHeader(Name = "Idempotency-Key")] string? key, HttpContext http, Caller caller, LedgerStore ledger, TimeProvider time, CancellationToken ct)
    {
        var retried = retryOf is { } old ? await FinishedRun.ReadAsync(ledger, new RunId(old), ct) : null;
        if (retried?.Submitted.Reproduces is not null)
            throw new ProblemException(StatusCodes.Status409Conflict, "not-retried", $"Run {retryOf} reproduced another one: ask for the reproduction again instead.");
        var text = await ReadAsync(http.Request, ct);
        var specification = text.Length == 0 && retried is not null ? retried.Specification : Specification(text);
        await RefuseUnknownAsync(ledger, specification.Without ?? [], ct);
        RegisteredModel? baseModel = null;
        if (specification.Base.Model is { } named)
            baseModel = await RegisteredModels.ResolveAsync(ledger, named, ct)
                ?? throw ProblemException.BadRequest("unknown-model", $"The base model '{named}' is not registered: GET /api/v1/models lists what is.");
        var run = IdOf(key, caller);
        var submit = new SubmitRun(run, specification, caller.Actor, time.GetUtcNow(), baseModel?.Digest, retried?.Id, retried?.Steps, BaseVersion: baseModel?.Version);
        http.ShowPosition(await ledger.HandleAsync<PipelineRun>(run.Stream(), PipelineRun.Evolve, state => PipelineRun.Decide(state, submit), caller.Asks(run), ct));
        if (key is not null)
            await RefuseAnotherRunAsync(ledger, run, submit, key, ct);
        return Results.Accepted($"/api/v1/runs/{run}", new { id = run });
    }

    /// <summary>The pipeline file of a run; with <c>?without=</c> one that leaves out what was withdrawn. Submitted with <c>?retryOf=</c>, everything that stays the same is taken over.</summary>
    private static async Task<IResult> FileAsync(Guid id, [FromQuery] Guid[]? without, LedgerStore ledger, CancellationToken ct)
    {
        var submitted = await ledger.ReadStreamAsync(new RunId(id).Stream(), ct: ct).FirstOrDefaultAsync(ct) ?? throw ProblemException.NotFound("run", id.ToString());
        var specification = ((RunSubmitted)submitted.Data).Specification;
        WithdrawalId[] added = [.. (without ?? []).Select(WithdrawalId.From)];
        await RefuseUnknownAsync(ledger, added, ct);
        WithdrawalId[] all = [.. (specification.Without ?? []).Union(added)];
        return Results.Text(PipelineFileWriter.Write(specification with { Without = all.Length > 0 ? all : null }), "application/json");
    }

    private static async Task RefuseUnknownAsync(LedgerStore ledger, IReadOnlyList<WithdrawalId> withdrawals, CancellationToken ct)
    {
        foreach (var withdrawal in withdrawals)
            if (!await ledger.ReadStreamAsync(withdrawal.Stream(), ct: ct).AnyAsync(ct))
                throw ProblemException.BadRequest("unknown-withdrawal", $"There is no withdrawal {withdrawal}: GET /api/v1/withdrawals lists them.");
    }

    /// <summary>Does the making of one of a run's models again, as a run of its own that succeeds only where the same bytes come out. An <c>Idempotency-Key</c> is what it is for a submission.</summary>
    /// <param name="model">The model's digest.</param>
    /// <param name="from"><c>training</c>, on the data sets that there are, or <c>generation</c>, with everything before them.</param>
    private static async Task<IResult> ReproduceAsync(Guid id, [FromQuery] string? model, [FromQuery] string? from, [FromHeader(Name = "Idempotency-Key")] string? key, HttpContext http, Caller caller, LedgerStore ledger, TimeProvider time, CancellationToken ct)
    {
        if (!Digest.TryParse(model, out var digest))
            throw ProblemException.BadRequest("digest", $"'{model}' is not a digest: expected model=sha256: and 64 lower-case hexadecimal digits.");
        if (!Enum.TryParse<ReproduceFrom>(from ?? nameof(ReproduceFrom.Training), ignoreCase: true, out var start) || !Enum.IsDefined(start))
            throw ProblemException.BadRequest("reproduce-from", $"'{from}' is no place to begin: expected training or generation.");
        var finished = await FinishedRun.ReadAsync(ledger, new RunId(id), ct);
        var run = IdOf(key, caller);
        var submit = new SubmitRun(run, finished.Specification, caller.Actor, time.GetUtcNow(), finished.Submitted.BaseModel, Reproduces: Reproductions.Of(finished, digest, start), BaseVersion: finished.Submitted.BaseVersion);
        http.ShowPosition(await ledger.HandleAsync<PipelineRun>(run.Stream(), PipelineRun.Evolve, state => PipelineRun.Decide(state, submit), caller.Asks(run), ct));
        if (key is not null)
            await RefuseAnotherRunAsync(ledger, run, submit, key, ct);
        return Results.Accepted($"/api/v1/runs/{run}", new { id = run });
    }

    /// <summary>With a key the id follows from it and from who says it, so that a submission whose answer was lost can be repeated.</summary>
    private static RunId IdOf(string? key, Caller caller) => key switch
    {
        null => RunId.Create(),
        { Length: > 0 and <= MostKeyCharacters } => new(NameBasedGuid.Of("submitted", caller.Actor, key)),
        _ => throw ProblemException.BadRequest("idempotency-key", $"An Idempotency-Key has 1 to {MostKeyCharacters} characters, such as a fresh UUID."),
    };

    private static async Task RefuseAnotherRunAsync(LedgerStore ledger, RunId run, SubmitRun submit, string key, CancellationToken ct)
    {
        var submitted = (RunSubmitted)(await ledger.ReadStreamAsync(run.Stream(), ct: ct).FirstAsync(ct)).Data;
        if (submitted.RetryOf != submit.RetryOf || Written(submitted.Specification) != Written(submit.Specification) || Written(submitted.Reproduces) != Written(submit.Reproduces))
            throw new ProblemException(StatusCodes.Status422UnprocessableEntity, "idempotency-key-reused", $"The Idempotency-Key '{key}' belongs to another run: a new submission needs a new key.");
    }

    private static string Written<T>(T part) => JsonSerializer.Serialize(part, EventRegistry.Json);

    private static async Task<IResult> CancelAsync(Guid id, HttpContext http, Caller caller, LedgerStore ledger, TimeProvider time, CancellationToken ct)
    {
        var run = new RunId(id);
        var over = RunStatus.Running;
        http.ShowPosition(await ledger.HandleAsync<PipelineRun>(run.Stream(), PipelineRun.Evolve, state =>
        {
            over = (state ?? throw ProblemException.NotFound("run", id.ToString())).Status;
            return PipelineRun.Decide(state, new CancelRun(caller.Actor, time.GetUtcNow()));
        }, caller.Asks(run), ct));
        return over is RunStatus.Succeeded or RunStatus.Failed
            ? throw new ProblemException(StatusCodes.Status409Conflict, "run-is-over", $"Run {id} has already {over.ToString().ToLowerInvariant()}; there is nothing left to cancel.")
            : Results.Accepted($"/api/v1/runs/{id}", new { id });
    }

    private static PipelineSpecification Specification(string text)
    {
        try
        {
            return PipelineFile.Read(text, [.. Catalogue.All.Select(e => e.Name)]);
        }
        catch (PipelineFileException e)
        {
            throw new ProblemException(StatusCodes.Status400BadRequest, "pipeline-file", e.Message)
            {
                Members = new Dictionary<string, object?> { ["line"] = e.Line, ["key"] = e.Key },
            };
        }
    }

    /// <summary>The body as text; one byte more than a file may have is enough to refuse it.</summary>
    private static async Task<string> ReadAsync(HttpRequest request, CancellationToken ct)
    {
        var bytes = new byte[FileTree.MaxBytes + 1];
        var length = await request.Body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, ct);
        if (length > FileTree.MaxBytes)
            throw new ProblemException(StatusCodes.Status413PayloadTooLarge, "too-large", $"The pipeline file is larger than {FileTree.MaxBytes / 1024} KB.");
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes.AsSpan(0, length)).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException)
        {
            throw ProblemException.BadRequest("not-utf8", "The pipeline file is not UTF-8 text.");
        }
    }
}
