using AgentOps.Contracts;
using AgentOps.Environments;
using AgentOps.Models;
using AgentOps.Models.Adapters;
using static TorchSharp.torch;

namespace AgentOps.Learning.Tests;

public sealed class Low_rank_adapters
{
    private const string Base = "sha256:base";

    [Fact]
    public void Every_target_is_a_linear_map_of_the_model_and_there_is_no_other()
    {
        using var policy = Tiny.Policy();

        Assert.Equal(LoraOptions.AllTargets.Order(StringComparer.Ordinal), Lora.Projections(policy).Select(found => found.Name.Split('.')[^1]).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_new_adapter_changes_nothing()
    {
        using var scope = NewDisposeScope();
        using var policy = Tiny.Policy();
        var before = Logits(policy);

        Lora.Attach(policy, new(2, 4), Base, seed: 1);

        Assert.Equal(before, Logits(policy));
    }

    [Fact]
    public void Training_changes_the_adapter_and_not_one_bit_of_the_base()
    {
        using var state = Adapted(out var policy);
        var (weights, adapter) = (Tiny.Weights(policy), Matrices(policy));

        foreach (var _ in Sft.Train(state, Tiny.Sequences(20), new(Tokens: null, Epochs: 2, BatchTokens: 80), seed: 1)) ;

        Assert.Equal(weights, Tiny.Weights(policy));
        // Both matrices of every projection: B from the first step on, A from the second.
        Assert.All(adapter.Zip(Matrices(policy)), matrix => Assert.NotEqual(matrix.First, matrix.Second));
    }

    [Theory]
    [InlineData(ModelFamily.Qwen3, false)]
    [InlineData(ModelFamily.Qwen2, true)]
    [InlineData(ModelFamily.Llama, false)]
    public void What_is_saved_is_an_ordinary_model_that_says_what_base_and_adapter_say(ModelFamily family, bool tied)
    {
        using var scope = NewDisposeScope();
        using var folders = new Folders();
        using var policy = Tiny.Policy(family: family, tied: tied);
        Lora.Attach(policy, new(2, 4), Base, seed: 1);
        Stir(policy);
        var folder = folders.New();
        policy.Save(folder);
        using var merged = Policy.Load(folder);

        Assert.Null(merged.Adapter);
        Tiny.Close(Logits(policy), Logits(merged), 2e-5);
        using (policy.Adapter!.Off())
            Assert.True(Logits(policy).Zip(Logits(merged), (a, b) => Math.Abs(a - b)).Max() > 1e-2, "the adapter says nothing of its own");
    }

    [Fact]
    public void The_adapter_lies_in_the_saved_model_in_pefts_layout_and_says_beside_its_base_what_it_said()
    {
        using var scope = NewDisposeScope();
        using var folders = new Folders();
        using var policy = Tiny.Policy();
        Lora.Attach(policy, new(2, 4, ["v_proj", "q_proj"]), Base, seed: 1);
        Stir(policy);
        var folder = folders.New();
        policy.Save(folder);

        var saved = PeftAdapter.Load(Path.Combine(folder, "adapter"), Tiny.Config());
        Assert.Equal((2, 4.0, Base), (saved.Config.Rank, saved.Config.Alpha, saved.Config.BaseModel));
        Assert.Equal(["q_proj", "v_proj"], saved.Config.Targets);
        Assert.Contains("base_model.model.model.layers.1.self_attn.v_proj.lora_B.weight", Safetensors.Read(Path.Combine(folder, "adapter", "adapter_model.safetensors")).Keys);
        using var start = Tiny.Policy();
        var merged = folders.New();
        saved.MergedInto(start.Snapshot()).Save(merged);
        using var other = Policy.Load(merged);
        Tiny.Close(Logits(policy), Logits(other), 2e-5);
    }

    public static readonly TheoryData<string[]> Targets = [[.. LoraOptions.AllTargets], ["q_proj"], ["v_proj"], ["o_proj", "down_proj"], ["gate_proj"]];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Gradients_of_an_adapter_are_those_of_finite_differences(string[] targets)
    {
        using var scope = NewDisposeScope();
        using var policy = Tiny.Policy();
        Lora.Attach(policy, new(2, 4, targets), Base, seed: 1);
        Stir(policy);
        var batch = TokenBatch.Of(Tiny.Sequences(3), CPU);

        FiniteDifferences.Agree(policy.Trained, () => Sft.Loss(LogProbs.Of(policy.Transformer, batch)));
        Assert.All(policy.Parameters, named => Assert.Null(named.parameter.grad));
    }

    [Theory]
    [InlineData("dpo")]
    [InlineData("kto")]
    public void The_reference_is_the_base_with_the_adapter_off(string method)
    {
        using var state = Adapted(out var policy);
        using var plain = Tiny.State();
        Stir(policy);
        StepReport First(TrainingState of) => method == "dpo"
            ? Dpo.Train(of, Tiny.Pairs(6), new(), seed: 1).First()
            : Kto.Train(of, Tiny.Labelled(6), new(), seed: 1).First();

        var (report, _) = (First(state), First(plain));

        Assert.Equal(plain.Kept.Keys, state.Kept.Keys);
        Assert.All(plain.Kept, kept => Assert.Equal(kept.Value, state.Kept[kept.Key]));
        Assert.True(Math.Abs(report.Metrics["margin"]) > 1e-3, "the policy is not its reference");
    }

    [Fact]
    public void A_job_with_an_adapter_keeps_no_copy_of_the_base_in_its_state()
    {
        using var folders = new Folders();
        using var policy = Tiny.Policy();
        var (start, state, made) = (folders.New(), folders.New(), folders.New());
        policy.Save(start);
        var options = new TrainOptions(Epochs: 1, BatchTokens: 80, Adapter: new(new(2, 4, ["q_proj"])));
        using var job = TrainingJob.Open(new("sft", Digest.Of("model"u8), default, Digest.Of("data"u8), options, Seed: 7), start, Tiny.Lines(Tiny.Sequences(10)));
        foreach (var _ in job.Run()) ;
        job.SaveState(state);
        job.SaveModel(made);

        Assert.Equal(4, Safetensors.Read(Path.Combine(state, "weights.safetensors")).Count);
        Assert.Equal(Digest.Of("model"u8).ToString(), PeftConfig.Load(Path.Combine(made, "adapter", "adapter_config.json")).BaseModel);
    }

    private static TrainingState Adapted(out Policy policy)
    {
        policy = Tiny.Policy();
        Lora.Attach(policy, new(2, 4), Base, seed: 1);
        return new(policy);
    }

    /// <summary>Gives every matrix random numbers, as if it had been trained.</summary>
    private static void Stir(Policy policy)
    {
        var rng = new Rng(3);
        foreach (var (_, parameter) in policy.Trained)
            Numbers.Set(parameter, [.. Enumerable.Range(0, (int)parameter.numel()).Select(_ => (float)(rng.Uniform() - 0.5) * 0.4f)]);
    }

    private static float[][] Matrices(Policy policy) => [.. policy.Trained.Select(named => Numbers.Of(named.parameter))];

    private static float[] Logits(Policy policy)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        return Numbers.Of(policy.Transformer.call(tensor(new long[] { 1, 40, 2, 250, 3, 1 }, [1, 6])));
    }
}
