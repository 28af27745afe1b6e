using AgentOps.Contracts;

namespace AgentOps.Pipeline.Tests;

public sealed class when_the_best_model_is_kept
{
    private const string Rounds = """
          - generate: {policy: expert, split: train, episodes: 8}
          - train: {method: sft}
            as: sft
          - evaluate: {split: dev, episodes: 4, policies: [sft], keep: best}
          - repeat:
              times: 3
              steps:
                - train: {method: grpo, from: best, iterations: 1}
                  as: rl
                - evaluate: {split: dev, episodes: 4, policies: [best, rl], keep: best}
          - evaluate: {split: test, episodes: 4, policies: [sft, best]}
            as: final
          - promote: {model: small, alias: production, candidates: [best], when: "final.success > sft.success"}
        """;

    [Fact]
    public void A_round_starts_from_what_the_round_before_kept_whether_it_is_new_or_not()
    {
        // The first round's model is better, the second's is not, the third's is.
        var works = Sample.WorksOf(Sample.Read(Rounds), outputOf: (step, work) => work is EvaluateWork { Keep: not null } evaluate
            ? new EvaluationOutput(EvaluationId.Of(step.Run, step.Path), evaluate.Policies[step.Path.Contains("[2]", StringComparison.Ordinal) ? 0 : ^1].Policy.Model)
            : Sample.OutputOf(step, work));

        Digest Trained(string path) => Sample.DigestOf("model " + path);
        Assert.Equal(
            [Trained("2.train"), Trained("4.repeat[1].train"), Trained("4.repeat[1].train")],
            works.Select(work => work.Work).OfType<OnlineTrainWork>().Select(work => work.From));
        Assert.Equal(Trained("4.repeat[3].train"), works.Select(work => work.Work).OfType<PromoteWork>().Single().Candidates.Single().Policy.Model);
        Assert.All(works.Select(work => work.Work).OfType<EvaluateWork>().Where(work => work.Keep is not null), work => Assert.Equal(("dev", 0L, "best"), (work.Split, work.FirstTask, work.Keep)));
    }

    [Fact]
    public void A_reproduction_needs_the_evaluations_that_chose_and_what_they_chose_from()
    {
        var specification = Sample.Read(Rounds);
        var steps = Sample.WorksOf(specification).ToDictionary(work => work.Path, work => new FinishedStep(work.Work, Sample.OutputOf(new(Sample.Run, work.Path, 1), work.Work)));

        var reproduction = Reproductions.Of(new(new RunSubmitted(Sample.Run, specification, "ada"), steps), Sample.DigestOf("model 4.repeat[2].train"), ReproduceFrom.Training);

        Assert.Equal(
            [("3.evaluate", false), ("4.repeat[1].train", true), ("4.repeat[1].evaluate", false), ("4.repeat[2].train", true)],
            reproduction.Steps.Select(step => (step.Path, step.Again)).SkipWhile(step => step.Path != "3.evaluate"));
        Assert.Equal(Sample.DigestOf("model 2.train"), reproduction.Steps.Single(step => step.Path == "3.evaluate").Output.CameTo);
    }

    [Theory]
    [InlineData("  - evaluate: {split: test, episodes: 4, policies: [base], keep: best}\n", "on the split dev, not on test")]
    [InlineData("  - evaluate: {split: dev, episodes: 4, policies: [base], keep: current}\n", "'current' is reserved")]
    [InlineData("  - evaluate: {split: dev, episodes: 4, policies: [random, expert], keep: best}\n", "no model among the policies")]
    [InlineData("  - evaluate: {split: dev, episodes: 4, policies: [best], keep: best}\n", "'best' is kept only after this step")]
    [InlineData("  - evaluate: {split: dev, episodes: 4, policies: [base], keep: best}\n    as: best\n", "this step itself is named 'best'")]
    [InlineData("  - evaluate: {split: dev, episodes: 4, policies: [base], keep: best}\n  - train: {method: grpo, iterations: 1}\n    as: best\n", "'best' is already what an evaluate step keeps its best model as")]
    [InlineData("  - train: {method: grpo, iterations: 1}\n    as: best\n  - evaluate: {split: dev, episodes: 4, policies: [base], keep: best}\n", "another step is already named 'best'")]
    public void A_choice_that_cannot_be_made_is_refused_with_its_reason(string steps, string reason) =>
        Assert.Contains(reason, Assert.Throws<PipelineFileException>(() => Sample.Read(steps)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("best")]
    [InlineData("rewarded")]
    public void What_learns_from_a_kept_model_names_its_data(string from)
    {
        var refusal = Assert.Throws<PipelineFileException>(() => Sample.Read($$"""
              - generate: {policy: expert, split: train, episodes: 8}
              - evaluate: {split: dev, episodes: 4, policies: [base], keep: best}
              - train: {method: grpo, from: best, iterations: 1}
                as: rewarded
              - train: {method: sft, from: {{from}}}
            """));

        Assert.Equal(("from", $"Line 10, 'from': '{from}' comes from a model that an evaluation keeps, and which one that is, and so what it learned from, is known only when it runs: name the 'data'."), (refusal.Key, refusal.Message));
    }

    [Theory]
    [InlineData("  - generate: {policy: expert, split: dev, episodes: 8}\n  - evaluate: {split: dev, episodes: 4, policies: [base], keep: best}\n", "keep")]
    [InlineData("  - evaluate: {split: dev, episodes: 4, policies: [base], keep: best}\n  - generate: {policy: expert, split: dev, episodes: 8}\n", "split")]
    [InlineData("  - evaluate: {split: dev, episodes: 4, policies: [base], keep: best}\n  - train: {method: grpo, split: dev, tasks: same, iterations: 1}\n", "split")]
    [InlineData("  - generate: {policy: expert, split: dev, episodes: 8, environment: instructions}\n  - evaluate: {split: dev, episodes: 4, policies: [base], environment: negatives, keep: best}\n", "keep", "negatives")]
    [InlineData("  - evaluate: {split: dev, episodes: 4, policies: [base], environment: household, keep: best}\n  - generate: {policy: expert, split: dev, episodes: 8, environment: negatives}\n", "split", "household")]
    public void Nothing_learns_from_the_tasks_that_choose(string steps, string key, string environment = "maze")
    {
        var refusal = Assert.Throws<PipelineFileException>(() => Sample.Read(steps));

        Assert.Equal(key, refusal.Key);
        Assert.Contains($"the first 4 tasks of the split dev of {environment} choose the model that is kept", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fresh_tasks_of_the_split_are_others() => Assert.Equal(
        4,
        Sample.WorksOf(Sample.Read("  - evaluate: {split: dev, episodes: 4, policies: [base], keep: best}\n  - generate: {policy: expert, split: dev, tasks: fresh, episodes: 8}\n"))
            .Select(work => work.Work).OfType<GenerateWork>().Single().FirstTask);
}
