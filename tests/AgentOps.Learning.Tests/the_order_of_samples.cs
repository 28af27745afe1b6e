using AgentOps.Contracts;

namespace AgentOps.Learning.Tests;

/// <summary>Neither the order of samples inside a step nor the company in which one comes changes what the step says.</summary>
public sealed class the_order_of_samples : IDisposable
{
    // All samples in one step.
    private const int Whole = 100_000;

    // So large that the losses of these small models are apart.
    private const double Beta = 2;

    // KTO's other sample is the one half the data set away, in the data set's order: 0 and 4, 1 and 5, 2 and 6, 3 and 7 stay half of it apart.
    private static readonly int[] Reordered = [6, 1, 7, 4, 2, 5, 3, 0];
    private readonly Folders _folders = new();

    public void Dispose() => _folders.Dispose();

    [Theory]
    [InlineData("sft")]
    [InlineData("dpo")]
    [InlineData("kto")]
    public void Samples_in_another_order_have_the_same_loss_and_gradient(string method)
    {
        var (there, again) = (First(method, [0, 1, 2, 3, 4, 5, 6, 7]), First(method, Reordered));

        Assert.Equal(there.Metrics["loss"], again.Metrics["loss"], 1e-5);
        Tiny.Close(there.Gradient, again.Gradient, 1e-5);
        // z is cut off at 0, where it says nothing of the samples.
        Assert.True(method != "kto" || there.Metrics["divergence"] > 0.01, $"z is {there.Metrics.GetValueOrDefault("divergence")}.");
    }

    /// <summary>Were the reference what the policy is, every margin would be 0, and every pairing would cost the same.</summary>
    [Theory]
    [InlineData("dpo")]
    [InlineData("kto")]
    public void Samples_that_are_paired_otherwise_have_another_loss_and_gradient(string method)
    {
        var (there, mispaired) = (First(method, [0, 1, 2, 3, 4, 5, 6, 7]), First(method, [0, 1, 2, 3, 4, 5, 6, 7], isMispaired: true));

        // Ten times what another order may be apart by.
        Assert.True(Math.Abs(there.Metrics["loss"] - mispaired.Metrics["loss"]) > 1e-4, $"The losses are {there.Metrics["loss"]} and {mispaired.Metrics["loss"]}.");
        Assert.Contains(there.Gradient.Zip(mispaired.Gradient), pair => Math.Abs(pair.First - pair.Second) > 1e-4);
    }

    [Theory]
    [MemberData(nameof(Preference_losses.Losses), MemberType = typeof(Preference_losses))]
    public void One_step_of_eight_pairs_has_the_mean_loss_and_gradient_of_eight_steps_of_one(string loss)
    {
        var options = Dpo.Options.From(new() { Loss = loss, Beta = Beta, BatchTokens = Whole, SftWeight = 0 });
        FirstStep Of(PreferencePair[] pairs) => First(state => Dpo.Train(state, pairs, options, seed: 5));
        var pairs = Tiny.Pairs(8);

        var (together, alone) = (Of(pairs), pairs.Select(pair => Of([pair])).ToArray());

        Assert.True(alone.Select(one => Math.Round(one.Metrics["loss"], 2)).Distinct().Count() >= 4, "The pairs cost about the same.");
        Assert.Equal(alone.Average(one => one.Metrics["loss"]), together.Metrics["loss"], 1e-5);
        Tiny.Close([.. together.Gradient.Select((_, weight) => alone.Average(one => one.Gradient[weight]))], together.Gradient, 1e-5);
    }

    [Theory]
    [InlineData("reinforce")]
    [InlineData("grpo")]
    [InlineData("gigpo")]
    [InlineData("ppo")]
    public void Episodes_in_another_order_have_the_same_loss_and_gradient(string method)
    {
        var model = _folders.New();
        using (var policy = Tiny.Policy())
            policy.Save(model);
        var played = Tiny.Rollouts(8);
        OnlineTrainWork work = new(method, Digest.Of("model"u8), "tiny", "train", 0, 2, 4, 1, new(BatchTokens: Whole), Seed: 3);
        StepReport First(IEnumerable<Rollout> episodes)
        {
            using var job = OnlineJob.Open(work, model);
            return Assert.Single(job.Learn([.. episodes], failed: 0));
        }

        var (there, back) = (First(played), First(played.Reverse()));

        Assert.NotEqual(0, there.Metrics["loss"]);
        Assert.Equal(there.Metrics["loss"], back.Metrics["loss"], 4);
        Assert.Equal(there.Metrics["gradientNorm"], back.Metrics["gradientNorm"], 3);
    }

    /// <summary>Of two lengths: a step has its samples in the order of their lengths, and were all different, in that order alone.</summary>
    private static TokenSequence[] Sequences(int count) => [.. Tiny.Sequences(20 * count).Where(sequence => sequence.Ids.Length is 8 or 14).Take(count)];

    /// <param name="isMispaired">Two pairs have exchanged their rejected trajectories, and two samples of unpaired ones their places in the data set.</param>
    private FirstStep First(string method, int[] order, bool isMispaired = false)
    {
        T[] Ordered<T>(T[] samples) => [.. order.Select(sample => samples[sample])];
        PreferencePair[] pairs = [.. Sequences(16).Chunk(2).Select(sides => new PreferencePair(sides[0], sides[1]))];
        LabelledSequence[] labelled = [.. Sequences(8).Select((sequence, i) => new LabelledSequence(sequence, i % 2 == 0))];
        if (isMispaired)
        {
            (pairs[0], pairs[1]) = (pairs[0] with { Rejected = pairs[1].Rejected }, pairs[1] with { Rejected = pairs[0].Rejected });
            (labelled[0], labelled[1]) = (labelled[1], labelled[0]);
        }
        return First(state => method switch
        {
            "sft" => Sft.Train(state, Ordered(Sequences(8)), new(Tokens: null, Epochs: 1, BatchTokens: Whole), seed: 5),
            "dpo" => Dpo.Train(state, Ordered(pairs), new(Beta, BatchTokens: Whole), seed: 5),
            _ => Kto.Train(state, Ordered(labelled), new(Beta, BatchTokens: Whole), seed: 5),
        });
    }

    /// <summary>The first step of a policy that is not the reference: another model is, and keeps its scores of each sample.</summary>
    private FirstStep First(Func<TrainingState, IEnumerable<StepReport>> train)
    {
        using var reference = Tiny.State();
        _ = train(reference).First();
        using var state = Tiny.State(seed: 9);
        foreach (var (name, scores) in reference.Kept)
            state.Kept.Add(name, scores);
        var metrics = train(state).First().Metrics;
        var folder = _folders.New();
        state.Save(folder, "work");
        // After one step AdamW's first mean is (1 - β1) = 0.1 of the gradient, which was scaled to a norm of 1 where it had more.
        var (moments, times) = (StateFile.Read(folder, "work").Moments, (float)(10 * Math.Max(1, metrics["gradientNorm"])));
        return new(metrics, [.. state.Policy.Trained.SelectMany(named => moments[$"exp_avg.{named.name}"].Values).Select(value => value * times)]);
    }

    /// <param name="Gradient">Of all weights, in the order of their names.</param>
    private sealed record FirstStep(IReadOnlyDictionary<string, double> Metrics, float[] Gradient);
}
