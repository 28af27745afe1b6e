using System.Collections.Immutable;
using AgentOps.Contracts;

namespace AgentOps.Registry;

public sealed record ModelVersion(int Version, Digest Digest, RunId Run, string Source);

/// <summary>Where an alias points, and the event of the model's stream that made it so.</summary>
/// <param name="MovedBy">The number of that event, 1 for the stream's first.</param>
public sealed record AliasState(int Version, int MovedBy);

/// <summary>A move of an alias that waits for approval.</summary>
/// <param name="Mover">Who moves it then, <see cref="ModelEvents.Gate"/> for a gate's.</param>
public sealed record AliasProposal(int Version, EvaluationId? Evidence, string ProposedBy, IReadOnlyList<string> ApprovedBy, string Mover, string? Reason);

/// <summary>That a gate let a model pass, by which evaluation, and what it asked.</summary>
/// <param name="Evaluations">All that the gate asked for.</param>
public sealed record GatePassed(EvaluationId? Evidence, GateTerms? Asked, IReadOnlyList<EvaluationId> Evaluations);

/// <summary>One registered model: versions never change, aliases point at them, and every move says what it replaces.</summary>
/// <param name="Length">Events in its stream.</param>
/// <param name="Passed">The digests that a gate of this model let pass, each with its decisions in their order.</param>
/// <param name="Proposals">By alias.</param>
public sealed record Model(
    string Name,
    int Length,
    ImmutableList<ModelVersion> Versions,
    ImmutableDictionary<string, AliasState> Aliases,
    ImmutableHashSet<StepKey> Answered,
    ImmutableDictionary<Digest, ImmutableList<GatePassed>> Passed,
    ImmutableDictionary<string, AliasPolicy> Policies,
    ImmutableDictionary<string, AliasProposal> Proposals)
{
    public static Model New(string name) => new(name, 0, [], ImmutableDictionary<string, AliasState>.Empty, [], ImmutableDictionary<Digest, ImmutableList<GatePassed>>.Empty, ImmutableDictionary<string, AliasPolicy>.Empty, ImmutableDictionary<string, AliasProposal>.Empty);

    public static string Stream(string name) => $"model-{name}";

    public static Model Evolve(Model? state, IEvent @event)
    {
        var model = state ?? New(NameIn(@event));
        model = model with { Length = model.Length + 1 };
        return @event switch
        {
            ModelVersionRegistered registered => model with { Versions = model.Versions.Add(new(registered.Version, registered.Digest, registered.Run, registered.Source)) },
            AliasMoved moved => model with { Aliases = model.Aliases.SetItem(moved.Alias, new(moved.Version, model.Length)), Proposals = model.Proposals.Remove(moved.Alias) },
            AliasPolicySet set => model with { Policies = model.Policies.SetItem(set.Alias, set.Policy), Proposals = model.Proposals.Remove(set.Alias) },
            AliasMoveProposed proposed => model with { Proposals = model.Proposals.SetItem(proposed.Alias, Proposal(proposed)) },
            AliasMoveApproved approved => model with { Proposals = model.Proposals.SetItem(approved.Alias, model.Proposals[approved.Alias] with { ApprovedBy = [.. model.Proposals[approved.Alias].ApprovedBy, approved.ApprovedBy] }) },
            AliasMoveRejected rejected => model with { Proposals = model.Proposals.Remove(rejected.Alias) },
            PromotionDecided decided => model with { Answered = model.Answered.Add(decided.Step), Passed = model.Passed.SetItems(model.LetPass(decided)) },
            PromotionFailed failed => model with { Answered = model.Answered.Add(failed.Step) },
            _ => model,
        };
    }

    /// <summary>Registers all candidates, and moves the alias to the best one that passed; a refused gate leaves it where it was, and so does one whose alias somebody else has moved since the run began.</summary>
    /// <param name="lengthBefore">Events in the model's stream when the run was submitted.</param>
    /// <param name="submittedBy">Who submitted the run, and so stands behind what its gate proposes.</param>
    /// <param name="withdrawn">By model the withdrawals of what it learned from; null: there are none.</param>
    public static IReadOnlyList<IEvent> Promote(Model? state, StepKey step, PromoteWork work, IReadOnlyList<(CandidateDecision Decision, double Score)> candidates, int lengthBefore, string submittedBy, ILookup<Digest, WithdrawalId>? withdrawn = null)
    {
        var model = state ?? New(work.Model);
        if (model.Answered.Contains(step))
            return [];
        var events = new List<IEvent>();
        var versions = new Dictionary<Digest, int>();
        foreach (var digest in candidates.Select(c => c.Decision).DistinctBy(d => d.Model))
            versions[digest.Model] = model.VersionOf(digest.Model, step.Run) ?? Register(digest);
        var decisions = candidates.Select(c => c.Decision).ToList();
        var best = candidates.Where(c => c.Decision.Passed).OrderByDescending(c => c.Score).Select(c => c.Decision).FirstOrDefault();
        int? promoted = null;
        IEvent? move = null;
        if (best is not null)
        {
            var version = versions[best.Model];
            (move, var decision) = model.MovedByOthers(work.Alias, step.Run, lengthBefore) is { } other
                ? (null, best.And($"{work.Model}@{work.Alias} was moved to version {other} while this run went on, and stays there: decide anew whether this candidate is to replace it."))
                : AliasMoves.ByGate(model, work.Alias, best, new(version, best.Model, step.Run, best.Name), work.Evaluations[^1].Evaluation, submittedBy, GateTerms.Of(work));
            decisions[decisions.IndexOf(best)] = decision;
            promoted = move is AliasMoved || model.Alias(work.Alias) == version ? version : null;
        }
        events.Add(new PromotionDecided(work.Model, work.Alias, step, promoted, decisions, [.. work.Evaluations.Select(e => e.Evaluation)], GateTerms.Of(work)));
        return move is null ? events : [.. events, move];

        int Register(CandidateDecision candidate)
        {
            var next = model.Versions.Count + versions.Values.Count(v => v > model.Versions.Count) + 1;
            events.Add(new ModelVersionRegistered(work.Model, next, candidate.Model, step.Run, candidate.Name, withdrawn?[candidate.Model].ToList() is { Count: > 0 } before ? before : null));
            return next;
        }
    }

    /// <param name="expected">The version the caller believes the alias to have; 0: none. Null: the caller did not say.</param>
    /// <param name="taken">What was taken back of what bears on the version; null: nothing.</param>
    /// <returns>The move, or its proposal where the alias's policy asks for approvals.</returns>
    /// <exception cref="Hosting.ProblemException">The version is unknown (404), the expectation is missing (428) or wrong (412), or the alias's policy does not allow it (403).</exception>
    public static IReadOnlyList<IEvent> MoveAlias(Model? state, string name, string alias, int version, int? expected, string actor, string? reason = null, TakenBack? taken = null)
    {
        if (state is null || version < 1 || version > state.Versions.Count)
            throw Hosting.ProblemException.NotFound("model version", $"{name}:{version}");
        if (expected is null)
            throw new Hosting.ProblemException(428, "alias-expectation-missing", $"Moving {name}@{alias} needs an If-Match header with the version it has now, such as \"2\", or \"0\" where the alias is new.");
        if (expected != (state.Alias(alias) ?? 0))
            throw new Hosting.ProblemException(412, "alias-moved", $"{name}@{alias} is at version {state.Alias(alias) ?? 0}, not at {expected}: look again and decide again.");
        if (state.Alias(alias) == version)
            return [];
        Reasons.CheckGiven(reason, "move");
        var target = state.Versions[version - 1];
        return (AliasMoves.Refusal(state, alias, target, actor, taken: taken) ?? AliasMoves.WithdrawnRefusal(state, alias, version, taken)) is { } refusal
            ? throw new Hosting.ProblemException(403, "alias-policy", refusal)
            : [AliasMoves.Move(state, alias, version, AliasMoves.Evidence(state, alias, target, taken), actor, actor, reason)];
    }

    /// <summary>The last decision of a gate that let the model pass, had asked at least these terms, and asked no evaluation with episodes of what was taken back; null where there is none.</summary>
    public GatePassed? PassedBy(Digest model, GateTerms? terms, TakenBack? taken = null) =>
        Passed.GetValueOrDefault(model)?.FindLast(passed => (terms is null || terms.AreMetBy(passed.Asked)) && taken?.Evaluations.Overlaps(passed.Evaluations) is not true);

    /// <summary>What was asked by the decisions before a move that let its version pass upon the evaluation which it names.</summary>
    public IEnumerable<EvaluationId> EvaluationsBehind(AliasMoved moved) => moved.Evidence is not { } evidence ? []
        : Passed.GetValueOrDefault(Versions[moved.Version - 1].Digest, []).Where(passed => passed.Evidence == evidence).SelectMany(passed => passed.Evaluations);

    public int? Alias(string alias) => Aliases.GetValueOrDefault(alias)?.Version;

    private int? MovedByOthers(string alias, RunId run, int lengthBefore) =>
        Aliases.GetValueOrDefault(alias) is { } now && now.MovedBy > lengthBefore && Versions[now.Version - 1].Run != run ? now.Version : null;

    private static AliasProposal Proposal(AliasMoveProposed proposed) =>
        new(proposed.Version, proposed.Evidence, proposed.ProposedBy, [], proposed.Mover ?? (proposed.Evidence is null ? proposed.ProposedBy : ModelEvents.Gate), proposed.Reason);

    private IEnumerable<KeyValuePair<Digest, ImmutableList<GatePassed>>> LetPass(PromotionDecided decided) => decided.Candidates.Where(c => c.Passed).DistinctBy(c => c.Model)
        .Select(c => KeyValuePair.Create(c.Model, Passed.GetValueOrDefault(c.Model, []).Add(new(decided.Evidence.Cast<EvaluationId?>().LastOrDefault(), decided.Asked, decided.Evidence))));

    private int? VersionOf(Digest digest, RunId run) => Versions.FirstOrDefault(v => v.Digest == digest && v.Run == run)?.Version;

    private static string NameIn(IEvent @event) => @event switch
    {
        ModelVersionRegistered registered => registered.Model,
        PromotionDecided decided => decided.Model,
        PromotionFailed failed => failed.Model,
        AliasPolicySet set => set.Model,
        _ => throw new InvalidOperationException($"A model's stream does not begin with {@event.GetType().Name}."),
    };
}
