using System.Globalization;
using System.Text.Json;
using AgentOps.Contracts;
using AgentOps.Learning;
using AgentOps.PreferenceBuilder;

namespace AgentOps.LearnProbe;

/// <summary>The reward model that pays an online stage: made, before the stage begins, from the start model and what this one explored itself.</summary>
internal static class RewardStage
{
    private const int Samples = 4;
    private const string Loss = "rewardModel";

    /// <summary>What an online stage has for it; without the first there is none.</summary>
    public static readonly string[] Settings = [Loss, "rewardEpochs", "rewardLearningRate", "rewardSamples"];

    /// <returns>Whether the stage has a reward model.</returns>
    /// <exception cref="ArgumentException">There is no such loss, or settings of a reward model are given without one.</exception>
    public static bool IsOf(StageSpecification stage)
    {
        if (stage.Word(Loss) is { } loss)
            return TrainingMethods.LossesOf(TrainingMethods.Reward).Contains(loss) ? true
                : throw new ArgumentException($"The stage '{stage.Text}': '{loss}' is not a reward model; there are {string.Join(", ", TrainingMethods.LossesOf(TrainingMethods.Reward))}.");
        return Settings.FirstOrDefault(stage.Given.ContainsKey) is { } alone
            ? throw new ArgumentException($"The stage '{stage.Text}': '{alone}' is a setting of a reward model, and no '{Loss}' is given.")
            : false;
    }

    /// <summary>Trains it as a run would, a tenth of the tasks held out.</summary>
    /// <param name="from">The start model's folder.</param>
    /// <param name="to">A new folder for the reward model.</param>
    public static async Task TrainAsync(StageSpecification stage, Policy start, Material material, string from, string to)
    {
        var options = new TrainOptions(Epochs: stage.Count("rewardEpochs", 1), LearningRate: stage.Real("rewardLearningRate"), Loss: stage.Word(Loss));
        var explored = await material.ExploreAsync(start, new(0, stage.Count("rewardSamples", Samples), OfDemonstrations: false));
        using var job = TrainingJob.Open(new TrainWork(TrainingMethods.Reward, Digest.Of([]), default, Digest.Of([]), options, material.Seed), from, Lines(options, explored, start.Transformer.Config.MaxPositions));
        var last = job.Run().Last();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"[{stage.Text}] reward model: {job.Balance!.Used} samples and {job.Balance.HeldOut ?? 0} held out, {last.Step} steps; {string.Join(", ", last.Metrics.Select(metric => $"{metric.Key} {metric.Value:G3}"))}"));
        job.SaveModel(to);
    }

    private static IEnumerable<string> Lines(TrainOptions options, IReadOnlyCollection<Candidate> explored, int context) => options.Loss == TrainingMethods.OfPairs
        ? Pairs.Build(PairStep.Contrast, explored, context, new()).Pairs.Select(line => JsonSerializer.Serialize(line.Sample, EventRegistry.Json))
        : LabelledTrajectories.Build(explored, context).Samples.Select(line => JsonSerializer.Serialize(line.Sample, EventRegistry.Json));
}
