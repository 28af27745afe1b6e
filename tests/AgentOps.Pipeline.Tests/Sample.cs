using AgentOps.Contracts;

namespace AgentOps.Pipeline.Tests;

/// <summary>A small pipeline file and what its steps leave.</summary>
internal static class Sample
{
    public static readonly DateTimeOffset Noon = new(2025, 11, 23, 12, 0, 0, TimeSpan.Zero);

    public static readonly RunId Run = new(new Guid("0197f3a0-1c00-7000-8000-000000000001"));

    public const string Head = """
        apiVersion: agentops/v1
        name: small
        environment: maze
        base: {scratch: {}}
        steps:

        """;

    /// <summary>A file whose steps begin on line 6.</summary>
    public static string File(string steps) => Head + steps;

    public static PipelineSpecification Read(string steps) => PipelineFile.Read(File(steps));

    /// <summary>One step over another base; the base stands on line 4.</summary>
    public static PipelineSpecification WithBase(string written) => PipelineFile.Read(
        File("  - generate: {policy: base, split: train, episodes: 8}\n").Replace("{scratch: {}}", written, StringComparison.Ordinal));

    public static readonly PipelineSpecification Small = Read("""
          - generate: {policy: expert, split: train, episodes: 8}
          - judge: {with: [environment]}
          - train: {method: sft}
            as: sft
            deadline: 10m
            attempts: 2
        """);

    public static Digest DigestOf(string text) => Digest.Of(System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>An output of the right kind for a piece of work, told apart by its path.</summary>
    public static StepOutput OutputOf(StepKey step, StepWork work) => work switch
    {
        ScratchWork or ImportWork or TrainWork or OnlineTrainWork => new ModelOutput(DigestOf("model " + step.Path)),
        GenerateWork w => new GenerationOutput(GenerationId.Of(step.Run, step.Path, w.Policy.ToString())),
        JudgeWork or CompareWork => new JudgementOutput(JudgementId.Of(step.Run, step.Path)),
        DatasetWork => new DatasetOutput(DatasetId.Of(step.Run, step.Path), DigestOf("data " + step.Path)),
        EvaluateWork w => new EvaluationOutput(EvaluationId.Of(step.Run, step.Path), w.Keep is null ? null : w.Policies.First(p => p.Policy.Kind == PolicyKind.Model).Policy.Model),
        PromoteWork w => new PromotionOutput(w.Model, 1),
        _ => throw new InvalidOperationException($"{work.GetType().Name} has no output."),
    };

    /// <summary>Every work of a specification in order, each step succeeding at once.</summary>
    /// <param name="outputOf">What each step leaves; null: <see cref="OutputOf"/>.</param>
    public static IReadOnlyList<(string Path, StepWork Work)> WorksOf(PipelineSpecification specification, Digest? baseModel = null, Func<StepKey, StepWork, StepOutput>? outputOf = null)
    {
        List<(string, StepWork)> works = [];
        var facts = PipelineRun.Decide(null, new SubmitRun(Run, specification, "ada", Noon, baseModel));
        PipelineRun? run = null;
        while (facts.Count > 0)
        {
            foreach (var fact in facts)
                run = PipelineRun.Evolve(run, fact);
            if (run!.Awaited is not { } awaited)
                break;
            works.Add((awaited.Key.Path, awaited.Work));
            facts = PipelineRun.Decide(run, new StepSucceeded(awaited.Key, (outputOf ?? OutputOf)(awaited.Key, awaited.Work), Noon));
        }

        return works;
    }
}
