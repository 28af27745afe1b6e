using AgentOps.Contracts;

namespace AgentOps.Pipeline.Tests;

public sealed class when_a_reward_model_is_planned
{
    /// <summary>Lines 6 to 13: a policy, and the reward model <c>scorer</c> of pairs.</summary>
    private const string Scorer = """
          - generate: {policy: expert, split: train, episodes: 8}
          - train: {method: sft}
            as: sft
          - generate: {policy: sft, split: train, episodes: 8}
            as: explored
          - judge: {with: [environment]}
          - pair: {strategy: contrast, data: [expert, explored]}
          - train: {method: reward, from: sft}
            as: scorer

        """;

    [Fact]
    public void One_of_pairs_learns_from_the_last_pairs_and_one_of_outcomes_from_everything_judged()
    {
        var works = Works(Scorer + """
              - train: {method: reward, from: scorer, loss: outcome}
                as: second
            """);
        var (pairs, outcomes) = (Assert.IsType<TrainWork>(works["6.train"]), Assert.IsType<TrainWork>(works["7.train"]));

        Assert.Equal(DatasetId.Of(Sample.Run, "5.pair"), pairs.Dataset);
        Assert.Equal(Model("2.train"), pairs.From);
        Assert.Equal(DatasetId.Of(Sample.Run, "7.train.dataset"), outcomes.Dataset);
        Assert.Equal(Model("6.train"), outcomes.From);
        var dataset = Assert.IsType<DatasetWork>(works["7.train.dataset"]);
        Assert.Equal("labelled", dataset.Strategy);
        Assert.Equal(["expert", "explored"], dataset.Sources.Select(source => source.Name));
    }

    [Fact]
    public void An_online_training_that_names_it_gets_its_digest()
    {
        var works = Works(Scorer + """
              - train: {method: grpo, from: sft, iterations: 2, reward: {model: 0.5, invalidAction: -0.1}, rewardModel: scorer}
              - train: {method: grpo, from: sft, iterations: 2}
            """);

        var paid = Assert.IsType<OnlineTrainWork>(works["7.train"]);
        Assert.Equal((Model("2.train"), Model("6.train"), 0.5), (paid.From, paid.RewardModel!.Value, paid.Options.Reward!.Model));
        Assert.Null(Assert.IsType<OnlineTrainWork>(works["8.train"]).RewardModel);
    }

    [Fact]
    public void It_becomes_neither_the_current_model_nor_the_previous_one()
    {
        var works = Works(Scorer + """
              - evaluate: {split: test, episodes: 2, policies: [current, previous]}
              - train: {method: sft, from: current}
            """);

        Assert.Equal([Model("2.train"), Model("base")], Assert.IsType<EvaluateWork>(works["7.evaluate"]).Policies.Select(policy => policy.Policy.Model!.Value));
        Assert.Equal(Model("2.train"), Assert.IsType<TrainWork>(works["8.train"]).From);
    }

    [Fact]
    public void In_a_repeat_its_name_means_the_latest()
    {
        var works = Works(Scorer + """
              - repeat:
                  times: 2
                  steps:
                    - train: {method: reward, from: scorer, loss: outcome}
                      as: renewed
                    - train: {method: grpo, from: current, iterations: 1, reward: {model: 1}, rewardModel: renewed}
            """);

        Assert.Equal([Model("7.repeat[1].1.train"), Model("7.repeat[2].1.train")], works.Values.OfType<OnlineTrainWork>().Select(work => work.RewardModel!.Value));
        Assert.Equal([Model("2.train"), Model("7.repeat[1].2.train")], works.Values.OfType<OnlineTrainWork>().Select(work => work.From));
    }

    [Theory]
    [InlineData("policy", "  - generate: {policy: scorer, split: train, episodes: 8}")]
    [InlineData("policies", "  - evaluate: {split: test, episodes: 8, policies: [sft, scorer]}")]
    [InlineData("from", "  - train: {method: sft, from: scorer}")]
    [InlineData("from", "  - train: {method: dpo, from: scorer}")]
    [InlineData("from", "  - train: {method: kto, from: scorer}")]
    [InlineData("from", "  - train: {method: ppo, from: scorer, iterations: 2}")]
    [InlineData("candidates", "  - promote: {model: m, alias: a, candidates: [scorer], when: final.success > sft.success}")]
    public void It_is_refused_wherever_a_policy_is_asked_for(string key, string step)
    {
        var refused = Assert.Throws<PipelineFileException>(() => Sample.Read(Scorer + step));

        Assert.Equal((15, key), (refused.Line, refused.Key));
        Assert.Contains("'scorer' is a reward model, which scores episodes and plays none", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("  - train: {method: grpo, from: sft, iterations: 2, reward: {model: 1}, rewardModel: sft}", "'sft' is not the name of an earlier reward training; those are scorer.")]
    [InlineData("  - train: {method: reward, from: nobody}", "no step is named 'nobody'")]
    [InlineData("  - pair: {strategy: steps, data: [explored]}\n  - train: {method: reward}", "a reward model scores whole episodes, and the pairs of 7.pair are of single actions (strategy steps): use pairs of the strategy contrast or people.")]
    [InlineData("  - generate: {policy: sft, split: train, tasks: fresh, episodes: 8}\n    as: later\n  - train: {method: reward, from: sft, loss: outcome}", "no judge step has judged 'later' before this step")]
    [InlineData("  - train: {method: reward, from: sft, loss: outcome, data: [explored.successes]}", "these are successes alone")]
    public void What_it_is_not_is_said(string steps, string said) =>
        Assert.Contains(said, Assert.Throws<PipelineFileException>(() => Sample.Read(Scorer + steps)).Message, StringComparison.Ordinal);

    private static Dictionary<string, StepWork> Works(string steps) => Sample.WorksOf(Sample.Read(steps)).ToDictionary(work => work.Path, work => work.Work);

    private static Digest Model(string path) => Sample.DigestOf("model " + path);
}
