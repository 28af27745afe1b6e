using System.Text.Json;
using AgentOps.Contracts;

namespace AgentOps.Learning.Tests;

public sealed class Resuming_and_repeating
{
    private static readonly TokenSequence[] Sequences = Tiny.Sequences(40);
    private static readonly PreferencePair[] Pairs = Tiny.Pairs(20);
    private static readonly LabelledSequence[] Labelled = Tiny.Labelled(30);

    /// <summary>The same of two environments, which have several task types, and with the weight of each span.</summary>
    private static readonly TokenSequence[] OfTasks = [.. Sequences.Select((sequence, i) => sequence with { Task = $"{(i % 2 == 0 ? "maze" : "household")}/train/{i}" })];
    private static readonly TokenSequence[] Weighted = [.. Sequences.Select((sequence, i) => sequence with { Weights = [1, 0.25 + 0.25 * (i % 4)] })];

    /// <summary>Each training with its name; all give 12 reports or more.</summary>
    public static readonly TheoryData<string> Algorithms =
    [
        "sft", "sft near its base", "sft with observations", "sft with weights", "sft with shares", "packed sft", "lora", "qlora", "lora reptile",
        "dpo", "simpo", "dmpo", "packed dpo", "lora dpo", "qlora dpo", "kto", "packed kto", "lora kto", "copy", "reward", "outcome",
    ];

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void The_same_seed_gives_the_same_bytes(string algorithm)
    {
        using var first = Trained(algorithm);
        using var second = Trained(algorithm);

        Assert.Equal(Saved(first), Saved(second));
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Another_seed_gives_other_weights(string algorithm)
    {
        using var first = Trained(algorithm);
        using var second = State(algorithm);
        foreach (var _ in Train(algorithm, second, seed: 6)) ;

        Assert.NotEqual(Weights(first), Weights(second));
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void A_training_resumed_at_any_step_ends_with_the_bytes_of_an_uninterrupted_one(string algorithm)
    {
        using var folders = new Folders();
        using var whole = State(algorithm);
        int[] steps = [.. Train(algorithm, whole).Select(report => report.Step)];
        Assert.True(steps.Length >= 12, $"{steps.Length} reports are too few to interrupt.");
        foreach (var interruption in new[] { steps[0], steps[1], steps[6], steps[^2], steps[^1] })
        {
            var saved = folders.New();
            using (var interrupted = State(algorithm))
            {
                foreach (var report in Train(algorithm, interrupted))
                    if (report.Step == interruption)
                        break;
                interrupted.Save(saved, "work");
            }
            using var resumed = State(algorithm, otherSeed: 99);
            resumed.Load(saved, "work");
            Assert.Equal(interruption, resumed.Step);
            foreach (var _ in Train(algorithm, resumed)) ;

            Assert.Equal(whole.Step, resumed.Step);
            Assert.Equal(whole.Tokens, resumed.Tokens);
            Assert.Equal(Saved(whole), Saved(resumed));
        }
    }

    [Fact]
    public void A_cancelled_training_stops_between_two_steps_and_can_be_saved()
    {
        using var folders = new Folders();
        using var whole = Trained("sft");
        using var cancel = new CancellationTokenSource();
        using var state = Tiny.State();
        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (var report in Train("sft", state, ct: cancel.Token))
                if (report.Step == 5)
                    cancel.Cancel();
        });
        Assert.Equal(5, state.Step);
        var saved = folders.New();
        state.Save(saved, "work");
        using var resumed = Tiny.State();
        resumed.Load(saved, "work");
        foreach (var _ in Train("sft", resumed)) ;

        Assert.Equal(Saved(whole), Saved(resumed));
    }

    [Fact]
    public void A_state_of_other_work_is_refused_and_changes_nothing()
    {
        using var folders = new Folders();
        using var trained = Trained("sft");
        var saved = folders.New();
        trained.Save(saved, "one work");
        using var state = Tiny.State();
        var before = Tiny.Weights(state.Policy);

        var error = Assert.Throws<InvalidDataException>(() => state.Load(saved, "other work"));

        Assert.Contains("other work", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, Tiny.Weights(state.Policy));
        Assert.Equal(0, state.Step);
    }

    [Fact]
    public void A_cut_off_state_is_refused_with_its_file()
    {
        using var folders = new Folders();
        using var trained = Trained("dpo");
        foreach (var name in new[] { "weights.safetensors", "moments.safetensors", "kept.safetensors", "state.json" })
        {
            var saved = folders.New();
            trained.Save(saved, "work");
            var file = Path.Combine(saved, name);
            File.WriteAllBytes(file, File.ReadAllBytes(file)[..^7]);
            using var state = Tiny.State();
            var before = Tiny.Weights(state.Policy);

            Assert.Contains(name, Assert.ThrowsAny<Exception>(() => state.Load(saved, "work")).Message, StringComparison.Ordinal);
            Assert.Equal(before, Tiny.Weights(state.Policy));
        }
    }

    [Fact]
    public void The_reference_of_dpo_is_the_start_model_even_after_a_resume()
    {
        using var folders = new Folders();
        using var state = Tiny.State();
        foreach (var report in Train("dpo", state))
            if (report.Step == 6)
                break;
        var kept = state.Kept[Dpo.ReferenceChosen].ToArray();
        var saved = folders.New();
        state.Save(saved, "work");
        using var resumed = Tiny.State(seed: 99);
        resumed.Load(saved, "work");
        foreach (var _ in Train("dpo", resumed)) ;

        Assert.Equal(kept, resumed.Kept[Dpo.ReferenceChosen]);
    }

    [Theory]
    [InlineData("dpo", "reference.chosen", 20)]
    [InlineData("dpo", "reference.rejected", 20)]
    [InlineData("packed dpo", "reference.rejected", 20)]
    [InlineData("kto", "reference", 30)]
    [InlineData("kto", "reference.mismatched", 30)]
    public void A_reference_that_is_not_of_every_sample_is_refused_before_a_weight_moves(string algorithm, string name, int samples)
    {
        foreach (var kept in new[] { 0, samples - 1, samples + 1 })
        {
            using var state = State(algorithm);
            Assert.Equal(6, Train(algorithm, state).ElementAt(5).Step);
            Assert.Equal(samples, state.Kept[name].Length);
            state.Kept[name] = [.. state.Kept[name].Append(-1).Take(kept)];
            var before = Weights(state);

            var refused = Assert.Throws<InvalidDataException>(() => Train(algorithm, state).First());

            Assert.Equal($"The training state of step 6 keeps {kept} numbers as '{name}', and the data set has {samples} samples: it is damaged, or of another training.", refused.Message);
            Assert.Equal(before, Weights(state));
        }
    }

    [Fact]
    public void A_training_without_a_reference_misses_none()
    {
        using var state = State("simpo");
        Assert.Equal(6, Train("simpo", state).ElementAt(5).Step);

        Assert.Empty(state.Kept);
        Assert.Equal(7, Train("simpo", state).First().Step);
    }

    private static TrainingState Trained(string algorithm)
    {
        var state = State(algorithm);
        foreach (var _ in Train(algorithm, state)) ;
        return state;
    }

    private static float[] Weights(TrainingState state) => [.. state.Policy.Trained.SelectMany(named => Numbers.Of(named.parameter))];

    /// <summary>Before the first step. What a state saves is put back over other numbers: those of another model, or of another adapter on the same model.</summary>
    private static TrainingState State(string algorithm, long? otherSeed = null)
    {
        if (algorithm == "sft near its base")
            return new(Tiny.Policy(otherSeed ?? 1), Tiny.Policy());
        if (algorithm is "reward" or "outcome")
            return new(Tiny.RewardModel(otherSeed ?? 1));
        if (!algorithm.Contains("lora", StringComparison.Ordinal))
            return Tiny.State(otherSeed ?? 1);
        using var folders = new Folders();
        using var model = Tiny.Policy();
        var folder = folders.New();
        model.Save(folder);
        if (algorithm.StartsWith("qlora", StringComparison.Ordinal))
            return new(Qlora.Load(folder, new(2, 4), "base", otherSeed ?? 5));
        var policy = Policy.Load(folder);
        Lora.Attach(policy, new(2, 4), "base", otherSeed ?? 5);
        return new(policy);
    }

    private static IEnumerable<StepReport> Train(string algorithm, TrainingState state, long seed = 5, CancellationToken ct = default) => algorithm switch
    {
        "sft" or "lora" or "qlora" => Sft.Train(state, Sequences, new(Tokens: null, Epochs: 2, BatchTokens: 80), seed, ct),
        "sft near its base" => Sft.Train(state, Sequences, new(Tokens: null, Epochs: 2, BatchTokens: 80, KlWeight: 0.5, L2Weight: 0.1), seed, ct),
        "sft with observations" => Sft.Train(state, Sequences, new(Tokens: null, Epochs: 2, BatchTokens: 80, ObservationWeight: 0.5), seed, ct),
        "sft with weights" => Sft.Train(state, Weighted, new(Tokens: null, Epochs: 2, BatchTokens: 80), seed, ct),
        "sft with shares" => Sft.Train(state, OfTasks, new(Tokens: 1000, BatchTokens: 80, Shares: new Dictionary<string, double> { ["maze"] = 0.7, ["household"] = 0.3 }), seed, ct),
        "lora reptile" => Reptile.Train(state, OfTasks, new(Tokens: 2000, BatchTokens: 80, InnerSteps: 2), seed, ct),
        "packed sft" => Sft.Train(state, Sequences, new(Tokens: null, Epochs: 2, BatchTokens: 80, Packing: true), seed, ct),
        "dpo" or "lora dpo" or "qlora dpo" => Dpo.Train(state, Pairs, new(LearningRate: 1e-3, Epochs: 3, BatchTokens: 120), seed, ct),
        "packed dpo" => Dpo.Train(state, Pairs, new(LearningRate: 1e-3, Epochs: 3, BatchTokens: 120, Packing: true), seed, ct),
        "simpo" or "dmpo" => Dpo.Train(state, Pairs, Dpo.Options.From(new() { Loss = algorithm, LearningRate = 1e-3, Epochs = 3, BatchTokens = 120 }), seed, ct),
        "kto" or "lora kto" => Kto.Train(state, Labelled, new(LearningRate: 1e-3, Epochs: 3, BatchTokens: 120), seed, ct),
        "packed kto" => Kto.Train(state, Labelled, new(LearningRate: 1e-3, Epochs: 3, BatchTokens: 120, Packing: true), seed, ct),
        "reward" => RewardTraining.Train(state, Pairs, Pairs[..3], BradleyTerry.Objective, new(LearningRate: 1e-3, Epochs: 3, BatchTokens: 40), seed, ct),
        "outcome" => RewardTraining.Train(state, Labelled, Labelled[..3], OutcomeReward.Objective, new(LearningRate: 1e-3, Epochs: 3, BatchTokens: 40), seed, ct),
        _ => CopyStage.Train(state, [.. Enumerable.Range(4, 20)], new(Tokens: 96 * 12, BatchTokens: 96, Target: 0, Lessons: [.. CopyLesson.All, .. CopyLesson.All, .. CopyLesson.All]), seed, ct),
    };

    private static byte[] Saved(TrainingState state)
    {
        using var folders = new Folders();
        var folder = folders.New();
        state.Policy.Save(folder);
        state.Save(folder, "work");
        return [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).SelectMany(File.ReadAllBytes)];
    }
}
