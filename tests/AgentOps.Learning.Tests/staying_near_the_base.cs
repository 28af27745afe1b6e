using AgentOps.Contracts;
using AgentOps.Environments;
using static TorchSharp.torch;

namespace AgentOps.Learning.Tests;

public sealed class Staying_near_the_base
{
    [Fact]
    public void The_divergence_is_that_of_the_two_distributions()
    {
        using var scope = NewDisposeScope();
        // Row 0: π = (1/4, 3/4), base = (1/2, 1/2): 1/4·ln(1/2) + 3/4·ln(3/2) = -0.173287 + 0.304099 = 0.130812. Row 1: both the same, 0. Mean 0.065406.
        var loss = KlToBase.Loss(Rows(0, MathF.Log(3), 5, 5), Rows(1, 1, -2, -2));

        Assert.Equal(0.065406, loss.ToDouble(), 5);
    }

    [Fact]
    public void The_gradient_of_the_divergence_is_that_of_finite_differences()
    {
        using var scope = NewDisposeScope();
        var start = tensor(new[] { 0.2, -0.4, 1.1, 0.3, 0.3, -2.0 }, [2, 3]);

        FiniteDifferences.Agree(logits => KlToBase.Loss(logits.view(2, 3), start), [0.5, -1.0, 0.2, 0.9, -0.1, -0.7]);
    }

    [Fact]
    public void The_distance_is_half_the_squared_sum_over_all_weights_and_pulls_each_back_by_what_it_moved()
    {
        using var scope = NewDisposeScope();
        using var policy = Tiny.Policy();
        using var start = Tiny.Policy();
        var parameter = policy.Parameters[0].parameter;
        // Two weights moved by 0.5 and -0.25: (0.25 + 0.0625)/2 = 0.15625, and the gradient is the move.
        var values = Numbers.Of(parameter);
        (values[0], values[3]) = (values[0] + 0.5f, values[3] - 0.25f);
        Numbers.Set(parameter, values);

        Assert.Equal(0.15625, L2ToBase.Loss(policy, start).ToDouble(), 5);
        var gradient = Tiny.Gradient(policy, () => L2ToBase.Loss(policy, start));
        Tiny.Close([0.5f, 0, 0, -0.25f, .. new float[gradient.Length - 4]], gradient, 1e-6);
    }

    [Theory]
    [InlineData(10, 0)]
    [InlineData(0, 10)]
    public void The_heavier_a_term_the_nearer_the_model_stays(double klWeight, double l2Weight)
    {
        double[] Distances(double times)
        {
            using var scope = NewDisposeScope();
            using var start = Tiny.Policy();
            using var state = new TrainingState(Tiny.Policy(), Tiny.Policy());
            var data = Tiny.Sequences(20);
            foreach (var _ in Sft.Train(state, data, new(Tokens: null, Epochs: 3, BatchTokens: 80, KlWeight: times * klWeight, L2Weight: times * l2Weight), seed: 1)) ;
            var batch = TokenBatch.Of(data, CPU);
            using var frozen = no_grad();
            return
            [
                KlToBase.Loss(LogProbs.Logits(state.Policy.Transformer, batch), LogProbs.Logits(start.Transformer, batch)).ToDouble(),
                L2ToBase.Loss(state.Policy, start).ToDouble(),
            ];
        }
        var (free, held, bound) = (Distances(0), Distances(0.1), Distances(1));
        var own = klWeight > 0 ? 0 : 1;

        Assert.True(free[own] > held[own] && held[own] > bound[own], $"{free[own]}, {held[own]}, {bound[own]}");
    }

    [Fact]
    public void With_an_adapter_the_base_is_the_policy_without_it()
    {
        using var policy = Tiny.Policy();
        Lora.Attach(policy, new(2, 4), "base", seed: 1);
        var rng = new Rng(3);
        foreach (var (_, parameter) in policy.Trained)
            Numbers.Set(parameter, [.. Enumerable.Range(0, (int)parameter.numel()).Select(_ => (float)(rng.Uniform() - 0.5) * 0.4f)]);
        using var state = new TrainingState(policy);
        using var start = Tiny.Policy();
        using var scope = NewDisposeScope();
        var data = Tiny.Sequences(3);
        var batch = TokenBatch.Of(data, CPU);
        var expected = KlToBase.Loss(LogProbs.Logits(policy.Transformer, batch), LogProbs.Logits(start.Transformer, batch)).ToDouble();

        var first = Sft.Train(state, data, new(Tokens: null, Epochs: 1, KlWeight: 0.5), seed: 1).First();

        Assert.True(expected > 1e-3, "the adapter says nothing of its own");
        Assert.Equal(expected, first.Metrics["klToBase"], 5);
        Assert.Equal(first.Metrics["sftLoss"] + 0.5 * expected, first.Metrics["loss"], 5);
    }

    [Fact]
    public void A_job_keeps_its_base_through_an_interruption()
    {
        using var folders = new Folders();
        var (start, state, whole, resumed) = (folders.New(), folders.New(), folders.New(), folders.New());
        using (var policy = Tiny.Policy())
            policy.Save(start);
        var work = new TrainWork("sft", Digest.Of("model"u8), default, Digest.Of("data"u8), new(Epochs: 2, BatchTokens: 80, KlWeight: 0.5, L2Weight: 0.1), Seed: 7);
        var lines = Tiny.Lines(Tiny.Sequences(20));
        using (var job = TrainingJob.Open(work, start, lines))
        {
            foreach (var report in job.Run())
                if (report.Step == 3)
                    job.SaveState(state);
            job.SaveModel(whole);
        }
        using (var job = TrainingJob.Open(work, start, lines, state))
        {
            foreach (var _ in job.Run()) ;
            job.SaveModel(resumed);
        }

        Assert.Equal(File.ReadAllBytes(Path.Combine(whole, "model.safetensors")), File.ReadAllBytes(Path.Combine(resumed, "model.safetensors")));
    }

    private static Tensor Rows(params float[] values) => tensor(values, [values.Length / 2, 2]);
}
