namespace AgentOps.Contracts.Tests;

public sealed class OnlineTrainingTests
{
    // What the ledger's append function takes, data and meta together; a meta has less than a kilobyte.
    private const int MostBytes = 65_536 - 1024;

    private static readonly RunId Run = RunId.From(new Guid("0197f3a0-1c00-7000-8000-000000000001"));
    private static readonly StepKey Step = new(Run, "12.repeat[10].3.train", 10);
    private static readonly Digest Model = Digest.Of("model"u8);

    private static readonly OnlineTrainWork Work = new("gigpo", Model, "household", "train", 1_000_000, 10_000, 1024, Bounds.MostIterations,
        new(1.234567890123e-5, 65_536, 0.123456789, 0.123456789, 0.123456789, "sequence", "none", 0.123456789, 0.123456789, 0.123456789, 100, 0.123456789, 0.123456789, 0.123456789,
            new(0.123456789, 0.123456789, -0.123456789, -0.123456789, -0.123456789, 0.123456789), [.. Enumerable.Range(Bounds.MostTurns - Bounds.MostIterations + 1, Bounds.MostIterations)], new(0.123456789, 0.123456789)), long.MaxValue, new string('x', 64), Digest.Of("reward model"u8));

    [Fact]
    public void The_horizons_phases_share_the_iterations_in_equal_parts()
    {
        var work = Work with { Iterations = 7, Options = new(Horizon: [4, 8, 16]) };

        // Iteration i is in phase 3i/7: 0, 0, 0, 1, 1, 2, 2.
        Assert.Equal([4, 4, 4, 8, 8, 16, 16], Enumerable.Range(0, 7).Select(iteration => work.Play(iteration, Model).MaxTurns!.Value));
        Assert.Null((work with { Options = new() }).Play(6, Model).MaxTurns);
    }

    [Fact]
    public void The_longest_trainings_last_iteration_and_its_answer_fit_into_their_events()
    {
        var training = TrainingId.Of(Run, Step.Path);
        GenerationId[] played = [.. Enumerable.Range(0, Work.Iterations).Select(iteration => OnlineTrainWork.GenerationOf(Run, Step.Path, iteration))];
        var asked = new IterationRequested(training, Step, Work.Iterations - 1, Digest.Of("policy"u8), played[^1], Work.Play(Work.Iterations - 1, Model), played[..^1], Model, Work.RewardModel);
        var metrics = Enumerable.Range(0, 22).ToDictionary(i => $"aMetricOfSomeLength{i}", i => i + 0.123456789012345);
        var answer = new TrainingCompleted(training, Step, Work, Model, int.MaxValue, long.MaxValue, metrics, new("cuda:0", "AVX512", 64, "1.13.1", "10.0.0", new string('a', 64)), new string('c', 64), new(1_000_000, 1_000_000), played);

        Assert.All(new IEvent[] { asked, answer }, e => Assert.InRange(AllEvents.Registry.Write(e).Length, 1, MostBytes));
    }
}
