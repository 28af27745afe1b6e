using AgentOps.Contracts;
using AgentOps.Environments;

namespace AgentOps.Learning.Tests;

public sealed class Learning_to_learn
{
    private static readonly string[] Kinds = ["maze/near", "maze/far"];

    /// <summary>Two of each kind, which are as long as each other, so that a batch of 20 tokens is one of them.</summary>
    private static readonly TokenSequence[] Data = [.. Kinds.SelectMany((kind, place) => Enumerable.Repeat(Of(kind, [.. Enumerable.Range(20 * place, 20)]), 2))];

    private static readonly Reptile.Options Two = new(Tokens: 80, BatchTokens: 20, InnerSteps: 2);

    [Fact]
    public void An_iteration_of_rate_1_is_supervised_training_on_one_kind()
    {
        using var state = Tiny.State();
        Iterate(state, Two, iterations: 1);

        var weights = Tiny.Weights(state.Policy);
        // θ + 1·(φ - θ) is φ to the last bits.
        Assert.Contains(Data.Select(Supervised), expected => expected.Zip(weights).All(pair => Math.Abs(pair.First - pair.Second) < 1e-6));
    }

    [Fact]
    public void An_iteration_goes_as_much_of_the_way_as_its_rate_says()
    {
        using var start = Tiny.State();
        using var whole = Tiny.State();
        using var part = Tiny.State();
        Iterate(whole, Two, iterations: 1);
        Iterate(part, Two with { MetaRate = 0.25 }, iterations: 1);

        var expected = Tiny.Weights(start.Policy).Zip(Tiny.Weights(whole.Policy), (from, to) => from + 0.25f * (to - from)).ToArray();

        Tiny.Close(expected, Tiny.Weights(part.Policy), 1e-6);
    }

    [Fact]
    public void The_rate_falls_linearly_and_each_kind_has_its_turn()
    {
        using var state = Tiny.State();

        // 160 tokens of sequences of 20, two in an iteration: four iterations.
        var reports = Reptile.Train(state, Data, Two with { Tokens = 160 }, seed: 1).ToArray();

        Assert.Equal([1, 0.75, 0.5, 0.25], reports.Select(report => report.Metrics["metaRate"]));
        Assert.Equal([2, 4, 6, 8], reports.Select(report => report.Step));
        // Each kind was trained on twice: of both less is lost than at the start.
        using var start = Tiny.State();
        Assert.All([Data[0], Data[^1]], sequence => Assert.True(LossOf(state, sequence) < LossOf(start, sequence)));
    }

    [Fact]
    public void Resumed_after_any_iteration_it_ends_with_the_same_weights()
    {
        using var folders = new Folders();
        using var whole = Tiny.State();
        var options = Two with { Tokens = 240 };
        Iterate(whole, options, iterations: 6);
        for (var done = 1; done < 6; done++)
        {
            var saved = folders.New();
            using (var interrupted = Tiny.State())
            {
                Iterate(interrupted, options, done);
                interrupted.Save(saved, "work");
            }
            using var resumed = Tiny.State(seed: 9);
            resumed.Load(saved, "work");
            Iterate(resumed, options, 6 - done);

            Assert.Equal(Tiny.Weights(whole.Policy), Tiny.Weights(resumed.Policy));
            Assert.Equal(whole.Tokens, resumed.Tokens);
        }
    }

    [Fact]
    public void Of_an_iteration_that_fails_halfway_nothing_remains()
    {
        using var start = Tiny.State();
        using var state = Tiny.State();

        // The first inner step is finite and goes so far that the second is not.
        Assert.Throws<NonFiniteStepException>(() => Iterate(state, Two with { LearningRate = 1e30 }, iterations: 1));

        Assert.Equal(1, state.Step);
        Assert.Equal(Tiny.Weights(start.Policy), Tiny.Weights(state.Policy));
    }

    [Fact]
    public void Samples_of_one_kind_are_refused() =>
        Assert.Equal("reptile learns from several kinds of tasks, and all samples are of maze/near: take those of several task types or environments.", Reptile.Lacks(Data[..2]));

    private static void Iterate(TrainingState state, Reptile.Options options, int iterations) => Assert.Equal(iterations, Reptile.Train(state, Data, options, seed: 1).Take(iterations).Count());

    /// <summary>The weights after two steps on one sequence.</summary>
    private static float[] Supervised(TokenSequence sequence)
    {
        using var state = Tiny.State();
        for (var step = 0; step < 2; step++)
            state.Take(Loss(state, sequence), 20, 4, new Reptile.Options().LearningRate);
        return Tiny.Weights(state.Policy);
    }

    private static double LossOf(TrainingState state, TokenSequence sequence)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        return Loss(state, sequence).ToDouble();
    }

    private static TorchSharp.torch.Tensor Loss(TrainingState state, TokenSequence sequence) =>
        Sft.Loss(LogProbs.Of(state.Policy.Transformer, TokenBatch.Of([sequence], TorchSharp.torch.CPU)));

    private static TokenSequence Of(string kind, int[] ids) => new(Enumerable.Range(0, 100).Select(index => new TaskId("maze", Split.Train, index)).First(task => KindOf(task) == kind).ToString(), 0, ids, [[1, 1], [3, 2]]);

    private static string KindOf(TaskId task)
    {
        var world = Catalogue.Find(task.Environment).Create();
        world.Reset(task);
        return $"{task.Environment}/{world.TaskType}";
    }
}
