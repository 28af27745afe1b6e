namespace AgentOps.Proofs;

/// <summary>The events of a model's own stream, and of a deployment's, as far as a verifier reads them.</summary>
internal static class ModelStream
{
    public const string Registered = "model.version-registered.v1";
    public const string Decided = "model.promotion-decided.v1";
    public const string PolicySet = "model.alias-policy-set.v1";
    public const string Proposed = "model.alias-move-proposed.v1";
    public const string Approved = "model.alias-move-approved.v1";
    public const string Rejected = "model.alias-move-rejected.v1";
    public const string Moved = "model.alias-moved.v1";
    public const string Activated = "deployment.activated.v1";

    /// <summary>As which the gate of a promotion moves aliases.</summary>
    public const string Gate = "gate";

    public static string Of(string model) => $"model-{model}";
}

internal sealed record RegistrationData(int Version, string Digest);

internal sealed record CandidateData(string Model, bool Passed, IReadOnlyList<string> Findings);

internal sealed record DecisionData(IReadOnlyList<CandidateData> Candidates, IReadOnlyList<string> Evidence, GateQuestion? Asked = null);

internal sealed record PolicyData(bool PassedGate, int Approvals, IReadOnlyList<string>? Movers = null, GateQuestion? Gate = null);

internal sealed record PolicySetData(PolicyData Policy, string SetBy);

internal sealed record ProposalData(int Version, string ProposedBy, string? Reason = null);

internal sealed record ApprovalData(string ApprovedBy, string? Reason = null);

internal sealed record MoveData(string Model, string Alias, int Version, string MovedBy, int? Previous = null, string? Evidence = null, IReadOnlyList<string>? ApprovedBy = null, string? Reason = null);

internal sealed record ActivationData(string Deployment, string Model, int Version, string ActivatedBy, string? Previous = null, string? Alias = null, int? Move = null, string? Reason = null);
