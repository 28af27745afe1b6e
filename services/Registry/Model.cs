using AgentOps.Contracts;

namespace AgentOps.Registry;

public sealed record ModelVersion(int Version, Digest Digest, RunId Run, string Source);

/// <summary>One registered model: versions never change, aliases point at them, and every move says what it replaces.</summary>
public sealed record Model(string Name, IReadOnlyList<ModelVersion> Versions, IReadOnlyDictionary<string, int> Aliases, IReadOnlySet<StepKey> Answered)
{
    public static Model New(string name) => new(name, [], new Dictionary<string, int>(), new HashSet<StepKey>());

    public static string Stream(string name) => $"model-{name}";

    public static Model Evolve(Model? state, IEvent @event)
    {
        switch (@event)
        {
            case ModelVersionRegistered registered:
                var model = state ?? New(registered.Model);
                return model with { Versions = [.. model.Versions, new(registered.Version, registered.Digest, registered.Run, registered.Source)] };
            case AliasMoved moved:
                return state! with { Aliases = new Dictionary<string, int>(state.Aliases) { [moved.Alias] = moved.Version } };
            case PromotionDecided decided:
                return Answer(state ?? New(decided.Model), decided.Step);
            case PromotionFailed failed:
                return Answer(state ?? New(failed.Model), failed.Step);
            default:
                return state!;
        }
    }

    /// <summary>Registers all candidates, and moves the alias to the best one that passed; a refused gate leaves it where it was.</summary>
    public static IReadOnlyList<IEvent> Promote(Model? state, StepKey step, PromoteWork work, IReadOnlyList<(CandidateDecision Decision, double Score)> candidates)
    {
        var model = state ?? New(work.Model);
        if (model.Answered.Contains(step))
            return [];
        var events = new List<IEvent>();
        var versions = new Dictionary<Digest, int>();
        foreach (var digest in candidates.Select(c => c.Decision).DistinctBy(d => d.Model))
            versions[digest.Model] = model.VersionOf(digest.Model, step.Run) ?? Register(digest);
        var best = candidates.Where(c => c.Decision.Passed).OrderByDescending(c => c.Score).Select(c => c.Decision).FirstOrDefault();
        int? promoted = best is null ? null : versions[best.Model];
        if (promoted is { } version && model.Aliases.GetValueOrDefault(work.Alias) != version)
            events.Add(new AliasMoved(work.Model, work.Alias, version, model.Alias(work.Alias), work.Evaluations[^1].Evaluation, "gate"));
        events.Add(new PromotionDecided(work.Model, work.Alias, step, promoted, [.. candidates.Select(c => c.Decision)], [.. work.Evaluations.Select(e => e.Evaluation)]));
        return events;

        int Register(CandidateDecision candidate)
        {
            var next = model.Versions.Count + versions.Values.Count(v => v > model.Versions.Count) + 1;
            events.Add(new ModelVersionRegistered(work.Model, next, candidate.Model, step.Run, candidate.Name));
            return next;
        }
    }

    /// <param name="expected">The version the caller believes the alias to have; 0: none. Null: the caller did not say.</param>
    /// <exception cref="Hosting.ProblemException">The version is unknown (404), the expectation is missing (428) or wrong (412).</exception>
    public static IReadOnlyList<IEvent> MoveAlias(Model? state, string name, string alias, int version, int? expected, string actor)
    {
        if (state is null || version < 1 || version > state.Versions.Count)
            throw Hosting.ProblemException.NotFound("model version", $"{name}:{version}");
        if (expected is null)
            throw new Hosting.ProblemException(428, "alias-expectation-missing", $"Moving {name}@{alias} needs an If-Match header with the version it has now, such as \"2\", or \"0\" where the alias is new.");
        if (expected != (state.Alias(alias) ?? 0))
            throw new Hosting.ProblemException(412, "alias-moved", $"{name}@{alias} is at version {state.Alias(alias) ?? 0}, not at {expected}: look again and decide again.");
        return state.Alias(alias) == version ? [] : [new AliasMoved(name, alias, version, state.Alias(alias), Evidence: null, actor)];
    }

    public int? Alias(string alias) => Aliases.TryGetValue(alias, out var version) ? version : null;

    private int? VersionOf(Digest digest, RunId run) => Versions.FirstOrDefault(v => v.Digest == digest && v.Run == run)?.Version;

    private static Model Answer(Model model, StepKey step) => model with { Answered = new HashSet<StepKey>(model.Answered) { step } };
}
