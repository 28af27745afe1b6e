using AgentOps.Contracts;
using AgentOps.Learning;
using AgentOps.PreferenceBuilder;

namespace AgentOps.LearnProbe;

/// <summary>The second stages that learn from what was recorded before they began, in one round or in several, each with new tasks and the model of the round before.</summary>
internal static class RecordedStage
{
    private const int Samples = 4;
    private const string Rounds = "rounds";
    private const string Tasks = "tasks";
    private const string SameTasks = "same";
    private const string Experts = "experts";
    private const string From = "from";
    private const string OfBase = "base";
    private const string Failures = "failures";
    private const string InvalidWeight = "invalidWeight";

    /// <summary>What a stage has beside the settings of a training.</summary>
    private static readonly string[] OwnSettings = [Rounds, "samples", "lead", "visits", Tasks, Experts, From, Failures, InvalidWeight];

    public static readonly IReadOnlyList<string> Names = ["longer", "rft", "eto", "contrast", "steps", "both", "kto"];

    /// <param name="start">The policy that all stages start from; it stays as it is.</param>
    /// <param name="first">How many rounds of exploration have gone before.</param>
    /// <returns>The caller's.</returns>
    public static async Task<Policy> TrainAsync(StageSpecification stage, Policy start, Material material, Action<StepReport> report, int first = 0)
    {
        var policy = start;
        using var before = stage.Word(From) is null ? null : material.Base();
        var own = new List<Candidate>();
        for (var round = 0; round < stage.Count(Rounds, 1); round++)
        {
            var exploration = new Exploration(first + round, stage.Count("samples", Samples), stage.Word(Tasks) == SameTasks);
            var explored = stage.Does == "longer" ? [] : await material.ExploreAsync(policy, exploration, stage.Real(InvalidWeight) ?? 1);
            own.AddRange(explored);
            IReadOnlyCollection<Candidate> experts = stage.Does == "eto" || stage.Count(Experts, 0) > 0 ? await material.ExpertsAsync(exploration) : [];
            var next = Training.Run(before ?? policy, state => Learn(stage, state, material, own, [.. experts, .. explored]), report, Options(stage).Adapter);
            if (round > 0)
                policy.Dispose();
            policy = next;
        }
        return policy;
    }

    /// <param name="own">What was explored in all rounds.</param>
    /// <param name="played">In this round, the experts' first.</param>
    private static IEnumerable<StepReport> Learn(StageSpecification stage, TrainingState state, Material material, IReadOnlyCollection<Candidate> own, Candidate[] played) => stage.Does switch
    {
        "longer" => Sft.Train(state, material.Demonstrations, Supervised(stage), material.Seed),
        "rft" => Sft.Train(state, [.. material.Demonstrations, .. Taken(stage, own, state)], Supervised(stage), material.Seed),
        "eto" or "contrast" or "steps" or "both" => Dpo.Train(state, Paired(stage, state, played), Dpo.Options.From(Options(stage)), material.Seed),
        "kto" => Kto.Train(state, [.. LabelledTrajectories.Build(played, Context(state)).Samples.Select(line => line.Sample)], Kto.Options.From(Options(stage)), material.Seed),
        _ => throw new ArgumentException($"'{stage.Does}' is not a stage."),
    };

    private static IEnumerable<TokenSequence> Taken(StageSpecification stage, IReadOnlyCollection<Candidate> own, TrainingState state)
    {
        var withFailures = stage.Word(Failures) is not null;
        Candidate[] candidates = withFailures ? [.. own.Select(candidate => candidate.Accepted ? candidate : candidate with { Tokens = MarkedFailure.Of(candidate.Tokens, state.Policy.Tokenizer) })] : [.. own];
        return Demonstrations.Build(candidates, Context(state), withFailures).Samples.Select(line => line.Sample);
    }

    private static PreferencePair[] Paired(StageSpecification stage, TrainingState state, Candidate[] played)
    {
        var strategy = stage.Does == "eto" ? PairStep.Contrast : stage.Does;
        var pairs = Pairs.Build(strategy, played, Context(state), new(stage.Real("lead"), stage.Count("visits", 1))).Pairs;
        Console.WriteLine($"[{stage.Text}] {pairs.Count} pairs");
        return [.. pairs.Select(line => line.Sample)];
    }

    private static int Context(TrainingState state) => state.Policy.Transformer.Config.MaxPositions;

    /// <exception cref="ArgumentException">A setting is not one of a training's.</exception>
    public static TrainOptions Options(StageSpecification stage)
    {
        Only(stage, Tasks, SameTasks, "or left out for new ones");
        Only(stage, From, OfBase, "or left out for the model of the round before");
        Only(stage, Failures, DemonstrationOptions.Marked, "or left out");
        if (stage.Real(InvalidWeight) is { } weight && (stage.Does != "rft" || weight is not (>= 0 and <= 1)))
            throw new ArgumentException($"The stage '{stage.Text}': '{InvalidWeight}' is a setting of rft, from 0 to 1.");
        return stage.Options<TrainOptions>(OwnSettings);
    }

    private static void Only(StageSpecification stage, string setting, string word, string otherwise)
    {
        if (stage.Word(setting) is not null && stage.Word(setting) != word)
            throw new ArgumentException($"The stage '{stage.Text}': '{setting}' is '{word}', {otherwise}.");
    }

    /// <summary>Settings of a second supervised stage are gentler than those of the first.</summary>
    private static Sft.Options Supervised(StageSpecification stage)
    {
        var given = Options(stage);
        return Sft.Options.From(given with
        {
            Tokens = given.Tokens ?? (given.Epochs is null ? 300_000 : null), LearningRate = given.LearningRate ?? 5e-4, BatchTokens = given.BatchTokens ?? 1536,
        });
    }
}
