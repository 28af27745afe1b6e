using AgentOps.Contracts;

namespace AgentOps.Learning.Tests;

/// <summary>An online training that was interrupted has the same state at its end, byte by byte: weights, value head, moments and books.</summary>
public sealed class resuming_what_is_played : IDisposable
{
    private readonly Folders _folders = new();
    private readonly string _model;

    public resuming_what_is_played()
    {
        _model = _folders.New();
        using var policy = Tiny.Policy();
        policy.Save(_model);
    }

    public void Dispose() => _folders.Dispose();

    public static readonly TheoryData<string> Methods = [.. OnlineMethods.Names];

    [Theory]
    [MemberData(nameof(Methods))]
    public void Resumed_after_any_iteration_it_ends_with_the_same_state(string method)
    {
        var work = Work(method);
        var whole = End(work, from: null);

        for (var iteration = 1; iteration <= work.Iterations; iteration++)
            Assert.Equal(whole, End(work, SavedAfter(work, iteration)));
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Left_in_the_midst_of_an_iteration_it_goes_on_from_the_last_saved_state_to_the_same_end(string method)
    {
        var work = Work(method);
        var whole = End(work, from: null);

        for (var iteration = 0; iteration < work.Iterations; iteration++)
        {
            var saved = iteration == 0 ? null : SavedAfter(work, iteration);
            using (var left = OnlineJob.Open(work, _model, saved))
            {
                var step = left.Step;
                // The first report is taken, and the others are given up with their enumerator.
                Assert.Equal(step + 1, Learn(left).First().Step);
                Assert.Equal((iteration, step + 1), (left.Iteration, left.Step));
            }

            Assert.Equal(whole, End(work, saved));
        }
    }

    /// <summary>Four iterations, since a rule that stops a training needs as many to have something to compare.</summary>
    private static OnlineTrainWork Work(string method) => new(method, Digest.Of("model"u8), "tiny", "train", 0, Groups: 2, Samples: 4, Iterations: 4,
        new(LearningRate: 1e-3, BatchTokens: 60, Kl: 0.1, Epochs: OnlineMethods.Objection(method, "epochs") is null ? 2 : null, Stop: new(RewardBelow: 0.01)), Seed: 3);

    /// <returns>The files of the state in which it ends.</returns>
    /// <param name="from">A saved state; null: from the beginning.</param>
    private SortedDictionary<string, byte[]> End(OnlineTrainWork work, string? from)
    {
        using var job = OnlineJob.Open(work, _model, from);
        Iterate(job, work.Iterations);
        var folder = _folders.New();
        job.SaveState(folder);
        return new(Directory.GetFiles(folder).ToDictionary(file => Path.GetFileName(file), File.ReadAllBytes), StringComparer.Ordinal);
    }

    private string SavedAfter(OnlineTrainWork work, int iterations)
    {
        var folder = _folders.New();
        using var job = OnlineJob.Open(work, _model);
        Iterate(job, iterations);
        job.SaveState(folder);
        return folder;
    }

    private static void Iterate(OnlineJob job, int until)
    {
        while (job.Iteration < until)
            Assert.True(Learn(job).Count() >= 3, "An iteration of one batch or two has no midst.");
    }

    /// <summary>From other episodes in every iteration, and one that failed.</summary>
    private static IEnumerable<StepReport> Learn(OnlineJob job) => job.Learn(Tiny.Rollouts(8, seed: job.Iteration + 1), failed: 1);
}
