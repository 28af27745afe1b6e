using System.Collections.Immutable;
using AgentOps.Contracts;
using AgentOps.Ledger;
using AgentOps.Proofs;

namespace AgentOps.Registry;

/// <summary>How an alias came to point where it points, as the model's stream tells it.</summary>
/// <param name="Passed">The decisions that let each model pass, in their order.</param>
/// <param name="Proposal">The open one.</param>
/// <param name="Move">The last one.</param>
internal sealed record AliasHistory(
    string Alias, ImmutableDictionary<int, Digest> Versions, ImmutableDictionary<Digest, ImmutableList<GatePass>> Passed, AliasTerms? Terms, Consent? Proposal, ImmutableList<Consent> Approvals, AliasDecision? Move)
{
    public static AliasHistory New(string alias) => new(alias, ImmutableDictionary<int, Digest>.Empty, ImmutableDictionary<Digest, ImmutableList<GatePass>>.Empty, null, null, [], null);

    public AliasHistory After(StoredEvent stored) => stored.Data switch
    {
        ModelVersionRegistered e => this with { Versions = Versions.SetItem(e.Version, e.Digest) },
        PromotionDecided e => this with { Passed = e.Candidates.Where(c => c.Passed).Aggregate(Passed, (passed, c) => passed.SetItem(c.Model, passed.GetValueOrDefault(c.Model, []).Add(new(c.Findings, stored.At, stored.Position, Of(e.Asked), e.Evidence is [.., var evidence] ? evidence.ToString() : null, e.Alias)))) },
        AliasPolicySet e when e.Alias == Alias => Decided(null) with { Terms = new(e.Policy.Movers, e.Policy.PassedGate, e.Policy.Approvals, e.SetBy, stored.At, stored.Position, Of(e.Policy.Gate)) },
        AliasMoveProposed e when e.Alias == Alias => Decided(new(e.ProposedBy, stored.At, stored.Position, e.Reason)),
        AliasMoveApproved e when e.Alias == Alias => this with { Approvals = Approvals.Add(new(e.ApprovedBy, stored.At, stored.Position, e.Reason)) },
        AliasMoveRejected e when e.Alias == Alias => Decided(null),
        AliasMoved e when e.Alias == Alias => Decided(null) with { Move = Of(e, stored) },
        _ => this,
    };

    /// <summary>What was proposed before is over.</summary>
    private AliasHistory Decided(Consent? proposal) => this with { Proposal = proposal, Approvals = [] };

    private static GateQuestion? Of(GateTerms? terms) => terms is null ? null : new(terms.When, terms.Test, terms.Alpha);

    private AliasDecision Of(AliasMoved moved, StoredEvent stored) => new(
        moved.Model, Alias, moved.Version, moved.Previous, moved.MovedBy, stored.At, stored.Position, moved.Evidence?.ToString(), moved.Reason, Terms,
        moved.Evidence is null ? null : GatePass.Behind(Passed.GetValueOrDefault(Versions[moved.Version], []), Alias, moved.Evidence.ToString(), Terms?.Gate), moved.ApprovedBy is null ? null : Proposal, moved.ApprovedBy is null ? [] : Approvals);
}
