using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace AgentOps.Registry;

/// <param name="Version">The version that the alias is to point at, or that is approved or rejected.</param>
/// <param name="Reason">Why, on one line; it need not be said.</param>
public sealed record AliasTarget(int Version, string? Reason = null);

/// <summary>An alias as it stands, or as it stood at a time.</summary>
/// <param name="Version">Null where it pointed at nothing.</param>
/// <param name="Position">The event that made it point there.</param>
public sealed record ShownAlias(
    string Model, string Alias, int? Version, Digest? Digest, long? Position, DateTimeOffset? MovedAt, string? MovedBy, IReadOnlyList<string>? ApprovedBy, EvaluationId? Evidence, string? Reason, AliasPolicy? Policy, AliasProposal? Proposal);

public static class AliasEndpoints
{
    public static void MapAliases(this WebApplication app)
    {
        var alias = app.MapGroup("/api/v1/models/{name}/aliases/{alias}");
        alias.MapGet("", ShowAsync).RequireRole(Role.Viewer);
        alias.MapPut("", MoveAsync).RequireRole(Role.Operator);
        alias.MapPut("/policy", (string name, string alias, AliasPolicy policy, Caller caller, LedgerStore ledger, HttpContext http, CancellationToken ct) =>
            DecideAsync(name, alias, model => AliasMoves.SetPolicy(model, name, alias, policy, caller.Actor), caller, ledger, http, ct)).RequireRole(Role.Admin);
        alias.MapPost("/approvals", ApproveAsync).RequireRole(Role.Operator);
        alias.MapPost("/rejections", (string name, string alias, AliasTarget target, Caller caller, LedgerStore ledger, HttpContext http, CancellationToken ct) =>
            DecideAsync(name, alias, model => AliasMoves.Reject(model, name, alias, target.Version, caller.Actor, target.Reason), caller, ledger, http, ct)).RequireRole(Role.Operator);
    }

    /// <summary>With <c>?at=</c> as it stood then: what was appended at or before that time, by the ledger's clock.</summary>
    private static async Task<ShownAlias> ShowAsync(string name, string alias, [FromQuery] DateTimeOffset? at, LedgerStore ledger, CancellationToken ct)
    {
        Model? model = null;
        StoredEvent? moved = null;
        await foreach (var stored in ledger.ReadStreamAsync(Model.Stream(name), ct: ct).TakeWhile(stored => at is null || stored.At <= at))
        {
            model = Model.Evolve(model, stored.Data);
            if (stored.Data is AliasMoved move && move.Alias == alias)
                moved = stored;
        }
        if (model is null || (moved is null && !model.Policies.ContainsKey(alias) && !model.Proposals.ContainsKey(alias)))
            throw ProblemException.NotFound("alias", at is null ? $"{name}@{alias}" : $"{name}@{alias} at {at:u}");
        var last = moved?.Data as AliasMoved;
        return new(name, alias, last?.Version, last is null ? null : model.Versions[last.Version - 1].Digest, moved?.Position, moved?.At, last?.MovedBy, last?.ApprovedBy, last?.Evidence, last?.Reason,
            model.Policies.GetValueOrDefault(alias), model.Proposals.GetValueOrDefault(alias));
    }

    private static async Task<IResult> MoveAsync(string name, string alias, AliasTarget target, [FromHeader(Name = "If-Match")] string? expected, Caller caller, Withdrawals withdrawals, ArtifactStore artifacts, LedgerStore ledger, HttpContext http, CancellationToken ct)
    {
        int? before = expected is null ? null : int.TryParse(expected.Trim('"'), out var version) ? version : throw ProblemException.BadRequest("if-match", $"If-Match is '{expected}', but a version number such as \"2\" is expected.");
        var withdrawn = await LookAsync(name, alias, target.Version, withdrawals, artifacts, ledger, ct);
        return await DecideAsync(name, alias, model => Model.MoveAlias(model, name, alias, target.Version, before, caller.Actor, target.Reason, Known(withdrawn, model, name, alias)), caller, ledger, http, ct);
    }

    private static async Task<IResult> ApproveAsync(string name, string alias, AliasTarget target, Caller caller, Withdrawals withdrawals, ArtifactStore artifacts, LedgerStore ledger, HttpContext http, CancellationToken ct)
    {
        var withdrawn = await LookAsync(name, alias, target.Version, withdrawals, artifacts, ledger, ct);
        return await DecideAsync(name, alias, model => AliasMoves.Approve(model, name, alias, target.Version, caller.Actor, target.Reason, Known(withdrawn, model, name, alias)), caller, ledger, http, ct);
    }

    /// <summary>
    /// Nobody points an alias at what is damaged or gone. What was taken back is looked for only where the policy asks for a passed gate:
    /// every other alias moves without any view, however far that is behind.
    /// </summary>
    /// <returns>Null where nobody has looked.</returns>
    /// <exception cref="ProblemException">The version is damaged or gone (409).</exception>
    private static async Task<TakenBack?> LookAsync(string name, string alias, int version, Withdrawals withdrawals, ArtifactStore artifacts, LedgerStore ledger, CancellationToken ct)
    {
        var model = (await ledger.FoldAsync<Model>(Model.Stream(name), Model.Evolve, ct)).State;
        if (model?.Versions.ElementAtOrDefault(version - 1) is { } target)
            await target.CheckWholeAsync(model.Name, "pointed at", artifacts, ct);
        return model?.Policies.GetValueOrDefault(alias) is { PassedGate: true } ? await withdrawals.OfVersionAsync(name, version, ct) : null;
    }

    /// <exception cref="ProblemException">The policy asks for a passed gate only since the look (409).</exception>
    private static TakenBack? Known(TakenBack? withdrawn, Model? model, string name, string alias) =>
        withdrawn is null && model?.Policies.GetValueOrDefault(alias) is { PassedGate: true }
            ? throw new ProblemException(StatusCodes.Status409Conflict, "alias-policy-changed", $"{name}@{alias} was given another policy in the same moment: look again and decide again.")
            : withdrawn;

    /// <summary>200 with the alias as it stands afterwards; 202 where the move waits for approval.</summary>
    private static async Task<IResult> DecideAsync(string name, string alias, Func<Model?, IReadOnlyList<IEvent>> decide, Caller caller, LedgerStore ledger, HttpContext http, CancellationToken ct)
    {
        if (!EntityName.Pattern().IsMatch(name) || !EntityName.Pattern().IsMatch(alias))
            throw ProblemException.BadRequest("alias-name", $"'{name}@{alias}' cannot be a model's alias; expected for both {EntityName.Rule}.");
        IReadOnlyList<IEvent> decided = [];
        http.ShowPosition(await ledger.HandleAsync<Model>(Model.Stream(name), Model.Evolve, state => decided = decide(state), caller.Asks(), ct));
        var shown = await ShowAsync(name, alias, null, ledger, ct);
        return decided.Any(e => e is AliasMoveProposed) ? Results.Accepted($"/api/v1/models/{name}/aliases/{alias}", shown) : Results.Ok(shown);
    }
}
