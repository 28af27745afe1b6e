using AgentOps.Agents;
using AgentOps.Contracts;
using AgentOps.Environments;
using AgentOps.Generator;
using AgentOps.Learning;

namespace AgentOps.LearnProbe;

/// <summary>The second stages that learn from what their model plays while they train.</summary>
internal static class OnlineStage
{
    public const int Iterations = 20;
    public const int Groups = 16;
    private const int Samples = 8;

    public static IReadOnlyList<string> Names => OnlineMethods.Names;

    /// <inheritdoc cref="RecordedStage.TrainAsync"/>
    /// <param name="first">The first task that is played; null: the first that nobody has met.</param>
    public static async Task<Policy> TrainAsync(StageSpecification stage, Policy start, Material material, Arena arena, Action<StepReport> report, long? first = null)
    {
        var folder = Directory.CreateTempSubdirectory("learnprobe").FullName;
        try
        {
            start.Save(Model(folder, 0));
            if (!RewardStage.IsOf(stage))
                return await TrainAsync(Work(stage, arena, material, first), folder, null, arena, report);
            var rewardModel = Path.Combine(folder, "reward-model");
            await RewardStage.TrainAsync(stage, start, material, Model(folder, 0), rewardModel);
            return await TrainAsync(Work(stage, arena, material, first), folder, rewardModel, arena, report);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<Policy> TrainAsync(OnlineTrainWork work, string folder, string? rewardModel, Arena arena, Action<StepReport> report)
    {
        using var job = OnlineJob.Open(work, Model(folder, 0), rewardModelFolder: rewardModel);
        while (job.Iteration < work.Iterations)
        {
            var play = work.Play(job.Iteration, work.From);
            using var policy = Policy.Load(Model(folder, job.Iteration));
            var played = await arena.PlayAsync(policy, arena.Tasks(Split.Train, play.FirstTask, work.Groups), work.Samples, play.Temperature, play.MaxTurns);
            if (!Learned(job, played, report))
                break;
            job.SaveModel(Model(folder, job.Iteration));
        }
        return Policy.Load(Model(folder, job.Iteration));
    }

    /// <returns>Whether it was learned from: a training that collapses by its own rule is measured as it was stopped.</returns>
    private static bool Learned(OnlineJob job, Transcript[] played, Action<StepReport> report)
    {
        try
        {
            foreach (var step in job.Learn([.. played.Select(RolloutOf)], failed: 0))
                report(step);
            return true;
        }
        catch (TrainingCollapsedException e)
        {
            Console.WriteLine(e.Message);
            return false;
        }
    }

    private static string Model(string folder, int iteration) => Path.Combine(folder, $"{iteration}");

    private static OnlineTrainWork Work(StageSpecification stage, Arena arena, Material material, long? first) => new(
        stage.Does, Digest.Of([]), arena.Environment.Name, "train", first ?? material.FirstUnexplored(RewardStage.IsOf(stage) ? 1 : 0),
        stage.Count("groups", Groups), stage.Count("samples", Samples), stage.Count("iterations", Iterations),
        Options(stage), material.Seed, RewardModel: RewardStage.IsOf(stage) ? Digest.Of([]) : null);

    /// <exception cref="ArgumentException">A setting is not one of an online training's.</exception>
    public static OnlineOptions Options(StageSpecification stage) =>
        stage.Options<OnlineOptions>(["groups", "samples", "iterations", .. RewardStage.Settings]) with { Reward = RewardStage.IsOf(stage) ? new(Model: 1) : null };

    private static Rollout RolloutOf(Transcript transcript)
    {
        var sampled = Tokens.Of(transcript)!;
        return new(
            transcript.Task.ToString(), sampled.Ids, sampled.Trained, sampled.LogProbs, transcript.Reward!.Value, [.. transcript.Turns.Select(turn => turn.Observation)],
            [.. transcript.Turns.Select(turn => turn.Invalid)], transcript.Outcome == Agents.EpisodeOutcome.Truncated);
    }
}
