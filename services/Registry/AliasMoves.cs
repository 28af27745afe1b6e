using AgentOps.Contracts;
using AgentOps.Hosting;

namespace AgentOps.Registry;

/// <summary>What an alias's policy makes of the wish to move it, and who has to agree.</summary>
public static class AliasMoves
{
    public const int MostApprovals = 10;
    public const int MostMovers = 100;

    /// <param name="mover">A key's name, or <see cref="ModelEvents.Gate"/>.</param>
    /// <param name="asked">What the gate has asked that moves it; null where a person does.</param>
    /// <param name="taken">What was taken back of what bears on the version; null: nothing.</param>
    /// <returns>Why the policy does not allow it; null where it does.</returns>
    public static string? Refusal(Model model, string alias, ModelVersion version, string mover, GateTerms? asked = null, TakenBack? taken = null) => model.Policies.GetValueOrDefault(alias) switch
    {
        { Movers: { } movers } when !movers.Contains(mover) => $"{model.Name}@{alias} may be moved by {(movers.Count == 0 ? "nobody" : string.Join(", ", movers))}, not by {mover}.",
        { PassedGate: true, Gate: { } terms } when mover == ModelEvents.Gate && !terms.AreMetBy(asked) => $"{model.Name}@{alias} may only be moved by a gate that asks {terms}, and this one asked {asked}.",
        { PassedGate: true } when mover != ModelEvents.Gate => NotPassed(model, alias, version, taken),
        _ => null,
    };

    /// <returns>Why no gate's decision stands behind the version that the alias's policy asks for; null where one does, or none is asked for.</returns>
    private static string? NotPassed(Model model, string alias, ModelVersion version, TakenBack? taken) => model.Policies.GetValueOrDefault(alias) is { PassedGate: true, Gate: var terms } && model.PassedBy(version.Digest, terms, taken) is null
        ? $"{model.Name}@{alias} may only point at a version that passed a gate{(terms is null ? "" : $" which asked {terms}")}, and version {version.Version} did not{(model.PassedBy(version.Digest, terms) is null ? "" : " by anything else than evaluations with episodes of what was taken back since")}."
        : null;

    /// <summary>That a gate let a version pass was before something of what it learned from was taken back; a gate of today would not.</summary>
    public static string? WithdrawnRefusal(Model model, string alias, int version, TakenBack? taken) =>
        model.Policies.GetValueOrDefault(alias) is { PassedGate: true } && taken is { Learned: { Count: > 0 } withdrawn }
            ? $"{model.Name}@{alias} may only point at a version that passed a gate, and no gate lets version {version} pass any more: what it learned from was taken back by withdrawal {string.Join(", ", withdrawn)}."
            : null;

    /// <summary>The evaluation by which a gate let the version pass, where the alias's policy asks for that.</summary>
    public static EvaluationId? Evidence(Model model, string alias, ModelVersion version, TakenBack? taken) =>
        model.Policies.GetValueOrDefault(alias) is { PassedGate: true } policy ? model.PassedBy(version.Digest, policy.Gate, taken)?.Evidence : null;

    /// <summary>The move, or the proposal of it where others must approve.</summary>
    /// <param name="person">Who stands behind it: for a gate's the person who submitted the run.</param>
    public static IEvent Move(Model model, string alias, int version, EvaluationId? evidence, string mover, string person, string? reason = null) =>
        model.Policies.GetValueOrDefault(alias) is { Approvals: > 0 }
            ? new AliasMoveProposed(model.Name, alias, version, model.Alias(alias), evidence, person, mover, reason)
            : new AliasMoved(model.Name, alias, version, model.Alias(alias), evidence, mover, Reason: reason);

    /// <summary>What becomes of the candidate that a gate has chosen.</summary>
    /// <param name="person">Who submitted the run.</param>
    /// <param name="asked">What the gate has asked.</param>
    /// <returns>The move or its proposal, null where the alias stays as it is; and the decision with what the policy had to say.</returns>
    public static (IEvent? Move, CandidateDecision Decision) ByGate(Model model, string alias, CandidateDecision chosen, ModelVersion version, EvaluationId evidence, string person, GateTerms asked)
    {
        if (model.Alias(alias) == version.Version)
            return (null, chosen);
        // What the gate has found stands: whoever may move the alias may do so upon it, where it asked what the policy wants.
        if (Refusal(model, alias, version, ModelEvents.Gate, asked) is { } refusal)
            return (null, chosen.And(refusal));
        var move = Move(model, alias, version.Version, evidence, ModelEvents.Gate, person);
        return move is AliasMoved
            ? (move, chosen)
            : (move, chosen.And($"{model.Name}@{alias} moves to version {version.Version} once {model.Policies[alias].Approvals} besides {person} approved it."));
    }

    /// <summary>The last approval that is asked for moves the alias.</summary>
    /// <param name="taken">What was taken back of what bears on the version; null: nothing.</param>
    /// <exception cref="ProblemException">Nothing is proposed (404), something else is (409), the approver asked for it himself, or what the version learned from was taken back meanwhile (403).</exception>
    public static IReadOnlyList<IEvent> Approve(Model? state, string name, string alias, int version, string person, string? reason = null, TakenBack? taken = null)
    {
        var (model, proposal) = Proposed(state, name, alias, version);
        if (proposal.ProposedBy == person)
            throw new ProblemException(403, "own-proposal", $"{person} asked for this move of {name}@{alias}; somebody else has to approve it.");
        if (proposal.ApprovedBy.Contains(person))
            return [];
        Reasons.CheckGiven(reason, "approval");
        var target = model.Versions[version - 1];
        if ((WithdrawnRefusal(model, alias, version, taken) ?? NotPassed(model, alias, target, taken)) is { } refusal)
            throw new ProblemException(403, "alias-policy", refusal);
        var approved = new AliasMoveApproved(name, alias, version, person, reason);
        string[] all = [.. proposal.ApprovedBy, person];
        return all.Length < model.Policies[alias].Approvals
            ? [approved]
            : [approved, new AliasMoved(name, alias, version, model.Alias(alias), Evidence(model, alias, target, taken) ?? proposal.Evidence, proposal.Mover, all, proposal.Reason)];
    }

    /// <exception cref="ProblemException">Nothing is proposed (404), or something else is (409).</exception>
    public static IReadOnlyList<IEvent> Reject(Model? state, string name, string alias, int version, string person, string? reason = null)
    {
        Proposed(state, name, alias, version);
        Reasons.CheckGiven(reason, "rejection");
        return [new AliasMoveRejected(name, alias, version, person, reason)];
    }

    /// <exception cref="ProblemException">The policy asks for a negative number of approvals or for too many, names too many movers, or says of a gate what none can ask (400).</exception>
    public static IReadOnlyList<IEvent> SetPolicy(Model? state, string name, string alias, AliasPolicy policy, string person)
    {
        if (policy.Approvals is < 0 or > MostApprovals)
            throw ProblemException.BadRequest("alias-policy", $"approvals is {policy.Approvals}, but 0 to {MostApprovals} are possible.");
        if (policy.Movers is { Count: > MostMovers })
            throw ProblemException.BadRequest("alias-policy", $"movers names {policy.Movers.Count} keys, but at most {MostMovers} are possible; without it whoever may move aliases does.");
        policy = policy with { Gate = Canonical(policy) };
        return Same(state?.Policies.GetValueOrDefault(alias), policy) ? [] : [new AliasPolicySet(name, alias, policy, person)];
    }

    /// <summary>With the conditions as a gate's decision names them.</summary>
    private static GateTerms? Canonical(AliasPolicy policy)
    {
        if (policy.Gate is not { } gate)
            return null;
        if (!policy.PassedGate)
            throw ProblemException.BadRequest("alias-policy", "gate says what a passed gate must have asked, and passedGate is not set.");
        if (gate.Test is not (GateTerms.NoTest or GateTerms.Paired) || (gate.Alpha is not null && (gate.Test == GateTerms.NoTest || gate.Alpha is not (> 0 and < 1))))
            throw ProblemException.BadRequest("alias-policy", $"The gate's test is {GateTerms.NoTest} or {GateTerms.Paired}, the latter with an alpha between 0 and 1 or without one.");
        try
        {
            return gate with { When = [.. GateGrammar.Parse(string.Join(" and ", gate.When ?? [])).Select(condition => condition.ToString())] };
        }
        catch (FormatException wrong)
        {
            throw ProblemException.BadRequest("alias-policy", $"Of the gate's conditions {wrong.Message}");
        }
    }

    private static (Model Model, AliasProposal Proposal) Proposed(Model? state, string name, string alias, int version)
    {
        if (state?.Proposals.GetValueOrDefault(alias) is not { } proposal)
            throw ProblemException.NotFound("proposal", $"{name}@{alias}");
        return proposal.Version == version
            ? (state, proposal)
            : throw new ProblemException(409, "other-proposal", $"Proposed for {name}@{alias} is version {proposal.Version}, not {version}: look again and decide again.");
    }

    private static bool Same(AliasPolicy? a, AliasPolicy b) =>
        a is not null && a.PassedGate == b.PassedGate && a.Approvals == b.Approvals && (a.Movers is null) == (b.Movers is null) && (a.Movers ?? []).SequenceEqual(b.Movers ?? [])
        && a.Gate?.ToString() == b.Gate?.ToString();
}
