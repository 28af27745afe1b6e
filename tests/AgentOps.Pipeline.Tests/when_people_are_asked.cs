using AgentOps.Contracts;

namespace AgentOps.Pipeline.Tests;

public sealed class when_people_are_asked
{
    private const string Steps = """
          - generate: {policy: expert, split: train, episodes: 8}
          - judge: {with: [environment, people], reviewers: 3, reviews: 4}
          - train: {method: sft}
            as: sft
          - pair: {strategy: people, data: [expert], reviewers: 3, pairs: 5}
            as: preferred
          - train: {method: dpo, from: sft}
          - train: {method: reward, from: sft, data: [preferred]}
        """;

    [Fact]
    public void A_judge_step_says_how_many_of_them_judge_how_much()
    {
        var works = Sample.WorksOf(Sample.Read(Steps)).ToDictionary(work => work.Path, work => work.Work);

        var judge = Assert.IsType<JudgeWork>(works["2.judge"]);
        Assert.Equal((3, 4), (judge.Reviewers, judge.Reviews));
        Assert.Null(((JudgeWork)Sample.WorksOf(Sample.Small).Single(work => work.Work is JudgeWork).Work).Reviewers);
    }

    [Fact]
    public void Before_the_pairs_are_made_people_compare_and_dpo_and_reward_models_learn_from_what_they_said()
    {
        var planned = Sample.WorksOf(Sample.Read(Steps));
        var works = planned.ToDictionary(work => work.Path, work => work.Work);

        Assert.Equal(["4.pair.compare", "4.pair"], planned.Select(work => work.Path).Where(path => path.StartsWith("4.", StringComparison.Ordinal)));
        var compare = Assert.IsType<CompareWork>(works["4.pair.compare"]);
        Assert.Equal((3, 5), (compare.Reviewers, compare.Pairs));
        Assert.Equal([("expert", JudgementId.Of(Sample.Run, "2.judge"))], compare.Sources.Select(source => (source.Name, source.Judgement!.Value)));
        var pairs = Assert.IsType<DatasetWork>(works["4.pair"]);
        Assert.Equal((PairStep.People, JudgementId.Of(Sample.Run, "4.pair.compare")), (pairs.Strategy, pairs.Comparison));
        Assert.Equal(DatasetId.Of(Sample.Run, "4.pair"), ((TrainWork)works["5.train"]).Dataset);
        Assert.Equal(DatasetId.Of(Sample.Run, "4.pair"), ((TrainWork)works["6.train"]).Dataset);
    }

    [Fact]
    public void They_have_a_week_unless_the_file_says_otherwise()
    {
        var steps = Sample.Read("  - generate: {policy: expert, split: train, episodes: 8}\n  - judge: {with: [people]}\n  - pair: {strategy: people, data: [expert]}\n    deadline: 30d\n").Steps;

        Assert.Equal([TimeSpan.FromMinutes(30), TimeSpan.FromDays(7), TimeSpan.FromDays(30)], steps.Select(step => step.Deadline));
        Assert.Equal((1, null), (((JudgeStep)steps[1]).Reviewers, ((JudgeStep)steps[1]).Reviews));
    }
}
