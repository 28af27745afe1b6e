using AgentOps.Agents;
using AgentOps.Contracts;
using AgentOps.Environments;
using AgentOps.Generator;
using AgentOps.Learning;

namespace AgentOps.LearnProbe;

/// <summary>The second stages that learn from what their model plays while they train.</summary>
internal static class OnlineStage
{
    private const int Iterations = 20;
    private const int Groups = 16;
    private const int Samples = 8;

    public static IReadOnlyList<string> Names => OnlineMethods.Names;

    /// <inheritdoc cref="RecordedStage.TrainAsync"/>
    public static async Task<Policy> TrainAsync(StageSpecification stage, Policy start, Material material, Arena arena, Action<StepReport> report)
    {
        var folder = Directory.CreateTempSubdirectory("learnprobe").FullName;
        try
        {
            return await TrainAsync(Work(stage, arena, material), start, folder, arena, report);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<Policy> TrainAsync(OnlineTrainWork work, Policy start, string folder, Arena arena, Action<StepReport> report)
    {
        string Model(int iteration) => Path.Combine(folder, $"{iteration}");
        start.Save(Model(0));
        using var job = OnlineJob.Open(work, Model(0));
        while (job.Iteration < work.Iterations)
        {
            var play = work.Play(job.Iteration, work.From);
            using var policy = Policy.Load(Model(job.Iteration));
            var played = await arena.PlayAsync(policy, arena.Tasks(Split.Train, play.FirstTask, work.Groups), work.Samples, play.Temperature, play.MaxTurns);
            foreach (var step in job.Learn([.. played.Select(RolloutOf)], failed: 0))
                report(step);
            job.SaveModel(Model(job.Iteration));
        }
        return Policy.Load(Model(work.Iterations));
    }

    private static OnlineTrainWork Work(StageSpecification stage, Arena arena, Material material) => new(
        stage.Does, Digest.Of([]), arena.Environment.Name, "train", material.FirstFresh,
        stage.Count("groups", Groups), stage.Count("samples", Samples), stage.Count("iterations", Iterations),
        Options(stage), material.Seed);

    /// <exception cref="ArgumentException">A setting is not one of an online training's.</exception>
    public static OnlineOptions Options(StageSpecification stage) => stage.Options<OnlineOptions>("groups", "samples", "iterations");

    private static Rollout RolloutOf(Transcript transcript)
    {
        var sampled = Tokens.Of(transcript)!;
        return new(
            transcript.Task.ToString(), sampled.Ids, sampled.Trained, sampled.LogProbs, transcript.Reward!.Value, [.. transcript.Turns.Select(turn => turn.Observation)],
            [.. transcript.Turns.Select(turn => turn.Invalid)], transcript.Outcome == Agents.EpisodeOutcome.Truncated);
    }
}
