using AgentOps.Contracts;

namespace AgentOps.Registry;

public sealed record ModelVersion(int Version, Digest Digest, RunId Run, string Source);

/// <summary>Where an alias points, and the event of the model's stream that made it so.</summary>
/// <param name="MovedBy">The number of that event, 1 for the stream's first.</param>
public sealed record AliasState(int Version, int MovedBy);

/// <summary>One registered model: versions never change, aliases point at them, and every move says what it replaces.</summary>
/// <param name="Length">Events in its stream.</param>
public sealed record Model(string Name, int Length, IReadOnlyList<ModelVersion> Versions, IReadOnlyDictionary<string, AliasState> Aliases, IReadOnlySet<StepKey> Answered)
{
    public static Model New(string name) => new(name, 0, [], new Dictionary<string, AliasState>(), new HashSet<StepKey>());

    public static string Stream(string name) => $"model-{name}";

    public static Model Evolve(Model? state, IEvent @event)
    {
        var model = state ?? New(NameIn(@event));
        model = model with { Length = model.Length + 1 };
        return @event switch
        {
            ModelVersionRegistered registered => model with { Versions = [.. model.Versions, new(registered.Version, registered.Digest, registered.Run, registered.Source)] },
            AliasMoved moved => model with { Aliases = new Dictionary<string, AliasState>(model.Aliases) { [moved.Alias] = new(moved.Version, model.Length) } },
            PromotionDecided decided => Answer(model, decided.Step),
            PromotionFailed failed => Answer(model, failed.Step),
            _ => model,
        };
    }

    /// <summary>Registers all candidates, and moves the alias to the best one that passed; a refused gate leaves it where it was, and so does one whose alias somebody else has moved since the run began.</summary>
    /// <param name="lengthBefore">Events in the model's stream when the run was submitted.</param>
    public static IReadOnlyList<IEvent> Promote(Model? state, StepKey step, PromoteWork work, IReadOnlyList<(CandidateDecision Decision, double Score)> candidates, int lengthBefore)
    {
        var model = state ?? New(work.Model);
        if (model.Answered.Contains(step))
            return [];
        if (model.MovedByOthers(work.Alias, step.Run, lengthBefore) is { } other)
            candidates = [.. candidates.Select(c => (Refuse(c.Decision, $"{work.Model}@{work.Alias} was moved to version {other} while this run went on, and stays there: decide anew whether this candidate is to replace it."), c.Score))];
        var events = new List<IEvent>();
        var versions = new Dictionary<Digest, int>();
        foreach (var digest in candidates.Select(c => c.Decision).DistinctBy(d => d.Model))
            versions[digest.Model] = model.VersionOf(digest.Model, step.Run) ?? Register(digest);
        var best = candidates.Where(c => c.Decision.Passed).OrderByDescending(c => c.Score).Select(c => c.Decision).FirstOrDefault();
        int? promoted = best is null ? null : versions[best.Model];
        if (promoted is { } version && model.Alias(work.Alias) != version)
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

    public int? Alias(string alias) => Aliases.GetValueOrDefault(alias)?.Version;

    private int? MovedByOthers(string alias, RunId run, int lengthBefore) =>
        Aliases.GetValueOrDefault(alias) is { } now && now.MovedBy > lengthBefore && Versions[now.Version - 1].Run != run ? now.Version : null;

    private static CandidateDecision Refuse(CandidateDecision decision, string finding) => decision with { Passed = false, Findings = [.. decision.Findings, finding] };

    private int? VersionOf(Digest digest, RunId run) => Versions.FirstOrDefault(v => v.Digest == digest && v.Run == run)?.Version;

    private static Model Answer(Model model, StepKey step) => model with { Answered = new HashSet<StepKey>(model.Answered) { step } };

    private static string NameIn(IEvent @event) => @event switch
    {
        ModelVersionRegistered registered => registered.Model,
        PromotionDecided decided => decided.Model,
        PromotionFailed failed => failed.Model,
        _ => throw new InvalidOperationException($"A model's stream does not begin with {@event.GetType().Name}."),
    };
}
