using AgentOps.Contracts;
using AgentOps.Hosting;

namespace AgentOps.Gateway;

/// <summary>One call of the public API: which service answers it, and which role it takes at least.</summary>
/// <param name="Methods">Null for any.</param>
public sealed record Route(string Service, string Path, Role Least, params string[]? Methods)
{
    /// <summary>What the body may have: no more and no less than the service behind reads.</summary>
    public int MaxBodyBytes { get; init; } = BodyLimits.Any;

    /// <summary>Whether a reading stands in the ledger before it is answered.</summary>
    public bool IsAudit { get; init; }
}

/// <summary>The public API, as the design's table has it. What is not here does not exist outside.</summary>
public static class Routes
{
    public static readonly IReadOnlyList<Route> All =
    [
        new("pipeline", "/api/v1/runs", Role.Operator, "POST"),
        new("pipeline", "/api/v1/runs/{id}/cancel", Role.Operator, "POST"),
        new("pipeline", "/api/v1/runs/{id}/reproduce", Role.Operator, "POST"),
        new("pipeline", "/api/v1/runs/{**rest}", Role.Viewer, "GET"),
        new("pipeline", "/api/v1/runs/{id}/events", Role.Viewer, "GET") { IsAudit = true },
        new("judge", "/api/v1/reviews/{**rest}", Role.Reviewer, "GET"),
        new("judge", "/api/v1/reviews/{id}", Role.Reviewer, "POST"),
        new("generator", "/api/v1/trajectories/{**rest}", Role.Viewer, "GET"),
        new("preference-builder", "/api/v1/datasets/{**rest}", Role.Viewer, "GET"),
        new("preference-builder", "/api/v1/datasets/{id}/members/{**rest}", Role.Viewer, "GET") { IsAudit = true },
        new("registry", "/api/v1/models/{**rest}", Role.Viewer, "GET"),
        new("registry", "/api/v1/models/{name}/versions/{version}/lineage", Role.Viewer, "GET") { IsAudit = true },
        new("registry", "/api/v1/models/{name}/versions/{version}/evidence", Role.Viewer, "GET") { IsAudit = true },
        new("registry", "/api/v1/models/{name}/aliases/{alias}/lineage", Role.Viewer, "GET") { IsAudit = true },
        new("registry", "/api/v1/models/{name}/aliases/{alias}/evidence", Role.Viewer, "GET") { IsAudit = true },
        new("registry", "/api/v1/models/{name}/aliases/{alias}", Role.Viewer, "GET") { IsAudit = true },
        new("registry", "/api/v1/models/{name}/aliases/{alias}", Role.Operator, "PUT"),
        new("registry", "/api/v1/models/{name}/aliases/{alias}/policy", Role.Admin, "PUT"),
        new("registry", "/api/v1/models/{name}/aliases/{alias}/approvals", Role.Operator, "POST"),
        new("registry", "/api/v1/models/{name}/aliases/{alias}/rejections", Role.Operator, "POST"),
        new("registry", "/api/v1/deployments", Role.Operator, "POST"),
        new("registry", "/api/v1/deployments/{**rest}", Role.Viewer, "GET"),
        new("registry", "/api/v1/deployments/{name}/history", Role.Viewer, "GET") { IsAudit = true },
        new("registry", "/api/v1/deployments/{name}/lineage", Role.Viewer, "GET") { IsAudit = true },
        new("registry", "/api/v1/deployments/{name}/evidence", Role.Viewer, "GET") { IsAudit = true },
        new("registry", "/api/v1/lineage/{**rest}", Role.Viewer, "GET") { IsAudit = true },
        new("registry", "/api/v1/ledger/{**rest}", Role.Viewer, "GET") { IsAudit = true },
        new("registry", "/api/v1/ledger/export", Role.Admin, "GET") { IsAudit = true },
        new("registry", "/api/v1/ledger/rotations", Role.Admin, "POST"),
        new("registry", "/api/v1/ledger/checkpoint", Role.Viewer, "GET"),
        new("registry", "/api/v1/audit/{**rest}", Role.Viewer, "GET") { IsAudit = true },
        new("registry", "/api/v1/withdrawals", Role.Admin, "POST"),
        new("registry", "/api/v1/withdrawals/{**rest}", Role.Viewer, "GET") { IsAudit = true },
        new("registry", "/api/v1/deletions", Role.Admin, "POST"),
        new("registry", "/api/v1/deletions/{**rest}", Role.Viewer, "GET") { IsAudit = true },
        new("serving", "/v1/chat/completions", Role.Viewer, "POST") { MaxBodyBytes = BodyLimits.Chat },
        new("serving", "/v1/models", Role.Viewer, "GET"),
    ];

    public static IEnumerable<string> Services => All.Select(route => route.Service).Distinct();
}
