using AgentOps.Contracts;
using AgentOps.Hosting;

namespace AgentOps.Pipeline.Tests;

public sealed class when_a_run_is_reproduced
{
    private static readonly RunId Again = new(new Guid("0197f3a0-1c00-7000-8000-000000000003"));

    private static readonly PipelineSpecification Longer = Sample.Read("""
          - generate: {policy: expert, split: train, episodes: 8}
          - judge: {with: [environment]}
          - train: {method: sft}
            as: sft
          - generate: {policy: sft, split: train, tasks: fresh, episodes: 8}
            as: explored
          - train: {method: sft, from: sft, data: [expert]}
            as: longer
          - pair: {strategy: contrast, data: [expert, explored]}
          - train: {method: dpo, from: sft}
            as: eto
          - evaluate: {split: test, episodes: 4, policies: [sft, longer, eto]}
            as: final
          - promote: {model: small, alias: production, candidates: [eto], when: "final.success > sft.success"}
        """);

    private static FinishedRun First { get; } = Finished(Longer);

    [Fact]
    public void Only_what_the_model_depends_on_is_done_and_nothing_is_evaluated_or_promoted()
    {
        var reproduction = Reproductions.Of(First, ModelAt("7.train"), ReproduceFrom.Generation);

        Assert.Equal(["base", "1.generate", "2.judge", "3.train.dataset", "3.train", "4.generate", "6.pair", "7.train"], reproduction.Steps.Select(s => s.Path));
        Assert.All(reproduction.Steps, step => Assert.True(step.Again));
    }

    [Fact]
    public void From_training_on_episodes_and_data_sets_are_taken_over()
    {
        var reproduction = Reproductions.Of(First, ModelAt("7.train"), ReproduceFrom.Training);

        Assert.Equal(["base", "3.train", "7.train"], reproduction.Steps.Where(s => s.Again).Select(s => s.Path));
    }

    [Fact]
    public void A_reward_model_is_made_again_for_the_model_that_it_paid_and_for_no_other()
    {
        var run = Finished(Sample.Read("""
              - generate: {policy: expert, split: train, episodes: 8}
              - train: {method: sft}
                as: sft
              - generate: {policy: sft, split: train, episodes: 8}
                as: explored
              - judge: {with: [environment]}
              - pair: {strategy: contrast, data: [expert, explored]}
              - train: {method: reward, from: sft}
                as: scorer
              - train: {method: grpo, from: sft, iterations: 2, reward: {model: 1}, rewardModel: scorer}
            """));
        IEnumerable<string> Again(string model, ReproduceFrom from) => Reproductions.Of(run, ModelAt(model), from).Steps.Where(step => step.Again).Select(step => step.Path);

        Assert.Equal(["base", "1.generate", "2.train.dataset", "2.train", "3.generate", "4.judge", "5.pair", "6.train", "7.train"], Again("7.train", ReproduceFrom.Generation));
        Assert.Equal(["base", "2.train", "6.train", "7.train"], Again("7.train", ReproduceFrom.Training));
        Assert.Equal(["base", "1.generate", "2.train.dataset", "2.train"], Again("2.train", ReproduceFrom.Generation));
    }

    [Fact]
    public void An_evaluation_that_chose_on_a_persons_data_chooses_on_the_same_persons_again()
    {
        var specification = Sample.Read("""
              - evaluate: {split: dev, episodes: 4, policies: [base], keep: best, subject: customer-17}
              - train: {method: grpo, from: best, iterations: 1}
            """);

        var facts = Play(Reproductions.Of(Finished(specification), ModelAt("2.train"), ReproduceFrom.Generation), Sample.OutputOf, specification);

        Assert.Equal("customer-17", Assert.Single(facts.OfType<StepRequested>().Select(f => f.Work).OfType<EvaluateWork>()).Subject);
    }

    [Fact]
    public void It_succeeds_where_every_step_comes_to_what_it_came_to_before()
    {
        var facts = Play(Reproductions.Of(First, ModelAt("7.train"), ReproduceFrom.Training), (step, work) => Sample.OutputOf(step, work));

        Assert.IsType<RunSucceeded>(facts[^1]);
        Assert.Equal(["base", "3.train", "7.train"], facts.OfType<StepRequested>().Select(f => f.Step.Path));
        Assert.Equal(
            ["1.generate", "2.judge", "3.train.dataset", "4.generate", "6.pair"],
            facts.OfType<StepCompleted>().Where(f => f.Step.Attempt == PipelineRun.TakenOver).Select(f => f.Step.Path));
        Assert.Equal(First.Steps["3.train.dataset"].Output, facts.OfType<StepCompleted>().Single(f => f.Step.Path == "3.train.dataset").Output);
    }

    [Fact]
    public void It_fails_at_the_first_step_that_comes_to_something_else()
    {
        var other = Sample.DigestOf("another model");

        var facts = Play(Reproductions.Of(First, ModelAt("7.train"), ReproduceFrom.Training),
            (step, work) => step.Path == "3.train" ? new ModelOutput(other) : Sample.OutputOf(step, work));

        Assert.Equal(new RunFailed(Again, "3.train", $"it came to {other}, but to {ModelAt("3.train")} in run {Sample.Run}"), facts[^1]);
        Assert.DoesNotContain(facts, f => f is StepRequested { Step.Path: "7.train" });
    }

    [Theory]
    [InlineData("1.generate")]
    [InlineData("2.judge")]
    [InlineData("3.train.dataset")]
    public void Episodes_verdicts_and_data_sets_are_compared_by_their_content_since_their_ids_follow_from_the_run(string deviating)
    {
        var first = Finished(Longer, (step, work) => WithContent(Sample.OutputOf(step, work), "the same"));

        var facts = Play(Reproductions.Of(first, ModelAt("3.train"), ReproduceFrom.Generation),
            (step, work) => WithContent(Sample.OutputOf(step, work), step.Path == deviating ? "another" : "the same"));

        Assert.Equal(deviating, Assert.IsType<RunFailed>(facts[^1]).Path);
    }

    [Fact]
    public void What_an_older_run_did_not_say_is_not_held_against_it()
    {
        var facts = Play(Reproductions.Of(First, ModelAt("3.train"), ReproduceFrom.Generation), (step, work) => WithContent(Sample.OutputOf(step, work), "said now"));

        Assert.IsType<RunSucceeded>(facts[^1]);
    }

    [Fact]
    public void A_model_that_the_run_did_not_make_is_refused() =>
        Assert.Contains("made no model", Assert.Throws<ProblemException>(() => Reproductions.Of(First, Sample.DigestOf("foreign"), ReproduceFrom.Training)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_model_that_the_run_only_took_over_is_not_said_to_be_made_again() =>
        Assert.Contains("taken over as it is", Assert.Throws<ProblemException>(() => Reproductions.Of(Finished(Longer with { Base = new() { HuggingFace = "/models/small" } }), ModelAt("base"), ReproduceFrom.Generation)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_model_that_came_of_more_steps_than_an_event_can_name_is_not_made_again_and_one_of_an_earlier_round_is()
    {
        var run = Finished(Sample.Read("""
              - generate: {policy: expert, split: train, episodes: 8}
              - judge: {with: [environment]}
              - repeat:
                  times: 95
                  steps:
                    - train: {method: sft, from: current}
                    - train: {method: sft, from: current}
            """), (step, work) => WithContent(Sample.OutputOf(step, work), "as they were"));

        var refused = Assert.Throws<ProblemException>(() => Reproductions.Of(run, ModelAt("3.repeat[95].2.train"), ReproduceFrom.Generation));

        // The base, the episodes, their verdicts, and four of each round: a training has its data set before it.
        Assert.Equal((409, true), (refused.Status, refused.Message.Contains($"was made in {3 + 95 * 4} steps", StringComparison.Ordinal)));
        Assert.Equal(3 + 45 * 4, Reproductions.Of(run, ModelAt("3.repeat[45].2.train"), ReproduceFrom.Generation).Steps.Count);
    }

    [Fact]
    public void A_registered_base_model_is_taken_at_the_digest_that_it_had_then()
    {
        var then = Sample.DigestOf("then");
        var specification = Longer with { Base = new() { Model = "small@production" } };
        var reproduction = Reproductions.Of(Finished(specification, baseModel: then), ModelAt("3.train"), ReproduceFrom.Training);

        var facts = Play(reproduction, (step, work) => Sample.OutputOf(step, work), specification, then);

        Assert.DoesNotContain(reproduction.Steps, s => s.Path == "base");
        Assert.Equal(then, Assert.IsType<TrainWork>(facts.OfType<StepRequested>().Single().Work).From);
    }

    private static Digest ModelAt(string path) => ((ModelOutput)Sample.OutputOf(new StepKey(Sample.Run, path, 1), new ScratchWork("maze", new(), 0))).Model;

    private static StepOutput WithContent(StepOutput output, string content) => output switch
    {
        GenerationOutput o => o with { Content = Sample.DigestOf(content) },
        JudgementOutput o => o with { Content = Sample.DigestOf(content) },
        DatasetOutput o => o with { Content = Sample.DigestOf(content) },
        _ => output,
    };

    private static FinishedRun Finished(PipelineSpecification specification, Func<StepKey, StepWork, StepOutput>? output = null, Digest? baseModel = null) =>
        FinishedRun.Of(Played(new SubmitRun(Sample.Run, specification, "ada", Sample.Noon, baseModel), output ?? Sample.OutputOf))!;

    private static List<IEvent> Play(Reproduction reproduction, Func<StepKey, StepWork, StepOutput> output, PipelineSpecification? specification = null, Digest? baseModel = null) =>
        Played(new SubmitRun(Again, specification ?? Longer, "ada", Sample.Noon, baseModel, Reproduces: reproduction), output);

    private static List<IEvent> Played(SubmitRun submit, Func<StepKey, StepWork, StepOutput> output)
    {
        List<IEvent> all = [];
        PipelineRun? run = null;
        for (var facts = PipelineRun.Decide(null, submit); facts.Count > 0;
             facts = run!.Awaited is { } awaited ? PipelineRun.Decide(run, new StepSucceeded(awaited.Key, output(awaited.Key, awaited.Work), Sample.Noon)) : [])
        {
            all.AddRange(facts);
            run = facts.Aggregate(run, PipelineRun.Evolve);
        }

        return all;
    }
}
