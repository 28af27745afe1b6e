using AgentOps.Contracts;

namespace AgentOps.Pipeline.Tests;

public sealed class when_a_plan_is_made
{
    private const string Expert = "  - generate: {policy: expert, split: train, episodes: 8}\n";

    [Fact]
    public void Paths_are_positions_and_kinds_and_a_supervised_training_builds_its_data_set_first() =>
        Assert.Equal(["base", "1.generate", "2.judge", "3.train.dataset", "3.train"], Paths(Sample.Small));

    [Fact]
    public void A_folder_as_the_base_is_imported_first_and_once()
    {
        var specification = Sample.WithBase("{huggingface: /models/small, adapter: /models/lora}");

        Assert.Equal(new ImportWork("/models/small", "/models/lora"), Sample.WorksOf(specification)[0].Work);
        Assert.Equal(1, PipelinePlan.Of(specification).Steps[0].Attempts);
    }

    [Fact]
    public void A_repeat_nests_and_leaves_out_positions_that_nothing_needs() => Assert.Equal(
        [
            "base", "1.generate",
            "2.repeat[1].generate", "2.repeat[1].2.train.dataset", "2.repeat[1].2.train", "2.repeat[1].repeat[1].judge", "2.repeat[1].4.train.dataset", "2.repeat[1].4.train",
            "2.repeat[2].generate", "2.repeat[2].2.train.dataset", "2.repeat[2].2.train", "2.repeat[2].repeat[1].judge", "2.repeat[2].4.train.dataset", "2.repeat[2].4.train",
        ],
        Paths(Sample.Read(Expert + """
              - repeat:
                  times: 2
                  steps:
                    - generate: {policy: current, split: train, episodes: 8}
                    - train: {method: sft}
                    - repeat: {times: 1, steps: [{judge: {with: [rules]}}]}
                    - train: {method: sft}
            """)));

    [Fact]
    public void An_online_training_has_no_data_set_and_plays_tasks_that_the_run_has_not_played()
    {
        var works = Sample.WorksOf(Sample.Read(Expert + """
              - judge: {with: [rules]}
              - train: {method: sft}
                as: sft
              - train: {method: grpo, from: sft, groups: 4, samples: 3, iterations: 5}
              - train: {method: grpo, from: current, groups: 2, samples: 2, iterations: 1}
            """));

        var (first, second) = ((OnlineTrainWork)works[^2].Work, (OnlineTrainWork)works[^1].Work);
        Assert.Equal((8, 4, 3, 5), (first.FirstTask, first.Groups, first.Samples, first.Iterations));
        Assert.Equal(28, second.FirstTask);
        // Iteration 2 plays the third four tasks, each three times.
        Assert.Equal((16, 12, 3, 1.0), (first.Play(2, first.From).FirstTask, first.Play(2, first.From).Episodes, first.Play(2, first.From).Samples, first.Play(2, first.From).Temperature));
        Assert.Equal(["base", "1.generate", "2.judge", "3.train.dataset", "3.train", "4.train", "5.train"], works.Select(work => work.Path));
    }

    [Fact]
    public void Every_round_of_AgentEvol_starts_from_the_base_with_all_that_was_gathered()
    {
        // AgentEvol, arXiv:2406.04151: explore with the current policy, learn from the successes of all rounds and the expert, from the base again.
        var works = Sample.WorksOf(Sample.Read(Expert + """
              - judge: {with: [environment]}
              - train: {method: sft}
              - repeat:
                  times: 2
                  steps:
                    - generate: {policy: current, split: train, tasks: fresh, episodes: 4}
                    - judge: {with: [environment]}
                    - train: {method: sft, from: base}
            """)).ToDictionary(work => work.Path, work => work.Work);

        var (first, last) = ((TrainWork)works["3.train"], (TrainWork)works["4.repeat[2].train"]);
        Assert.Equal(first.From, last.From);
        Assert.Equal([1, 2, 3], new[] { "3.train.dataset", "4.repeat[1].train.dataset", "4.repeat[2].train.dataset" }.Select(path => ((DatasetWork)works[path]).Sources.Count));
        Assert.All(((DatasetWork)works["4.repeat[2].train.dataset"]).Sources, source => Assert.NotNull(source.Judgement));
    }

    [Fact]
    public void Every_path_is_unique_in_the_sample()
    {
        var paths = Paths(PipelineFile.Read(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "pipelines", "household-rft-eto.yaml"))));

        Assert.Equal(paths.Count, paths.Distinct().Count());
    }

    [Fact]
    public void Seeds_follow_from_the_runs_seed_and_the_path_alone()
    {
        var works = Sample.WorksOf(Sample.Small);
        var again = Sample.WorksOf(Sample.Small);
        var other = Sample.WorksOf(Sample.Small with { Seed = 1 });

        // The first 53 bits of SHA-256("0/base"): printf '0/base' | sha256sum gives c2ab1c28453a85ae…
        Assert.Equal(6849285363115856L, ((ScratchWork)works[0].Work).Seed);
        Assert.Equal(Seed(works), Seed(again));
        Assert.NotEqual(Seed(works), Seed(other));
        Assert.NotEqual(((ScratchWork)works[0].Work).Seed, Seed(works));
    }

    [Fact]
    public void Fresh_tasks_continue_after_the_highest_used_on_that_split_and_evaluations_start_at_none()
    {
        var works = Sample.WorksOf(Sample.Read("""
              - generate: {policy: expert, split: train, episodes: 8}
              - generate: {policy: random, split: train, episodes: 12, samples: 4}
              - generate: {policy: random, split: train, tasks: fresh, episodes: 12, samples: 4}
                as: explored
              - generate: {policy: random, split: dev, tasks: fresh, episodes: 5}
                as: other
              - generate: {policy: expert, split: train, tasks: explored, episodes: 3}
                as: shown
              - generate: {policy: random, split: train, tasks: fresh, episodes: 1}
                as: last
              - evaluate: {split: train, episodes: 30, policies: [expert]}
              - generate: {policy: random, split: train, tasks: fresh, episodes: 1}
                as: after
            """));

        // train: 8 tasks, then 0-2 again, then 8-10, the same again by name, 11, an evaluation of 0-29, 30; dev begins at 0.
        Assert.Equal([0, 0, 8, 0, 8, 11, 30], works.Select(w => w.Work).OfType<GenerateWork>().Select(w => w.FirstTask));
        Assert.Equal(0, works.Select(w => w.Work).OfType<EvaluateWork>().Single().FirstTask);
    }

    [Fact]
    public void A_judge_covers_what_no_judge_has_covered()
    {
        var works = Sample.WorksOf(Sample.Read("""
              - generate: {policy: expert, split: train, episodes: 8}
              - judge: {with: [rules]}
              - generate: {policy: random, split: train, episodes: 8}
              - generate: {policy: base, split: train, episodes: 8}
              - judge: {with: [rules]}
            """));

        Assert.Equal([["1.generate"], ["3.generate", "4.generate"]], works.Select(w => w.Work).OfType<JudgeWork>().Select(w => w.Generations.Select(g => PathOf(works, g)).ToArray()));
    }

    [Fact]
    public void A_training_without_data_learns_from_that_of_the_model_it_starts_from_or_else_from_everything_not_held_out()
    {
        var works = Sample.WorksOf(Sample.Read("""
              - generate: {policy: expert, split: train, episodes: 8}
              - generate: {policy: random, split: test, episodes: 8}
              - train: {method: sft}
                as: sft
              - generate: {policy: sft, split: train, episodes: 8}
                as: explored
              - judge: {with: [rules]}
              - train: {method: sft, from: sft}
                as: longer
              - train: {method: sft}
                as: all
              - train: {method: sft, from: sft, data: explored.successes}
                as: rft
              - pair: {strategy: contrast, data: [expert, explored]}
              - train: {method: dpo, from: rft}
                as: eto
              - train: {method: sft, from: eto}
            """));
        var data = works.Where(w => w.Work is DatasetWork { Strategy: "sft" }).ToDictionary(w => w.Path, w => Described(works, (DatasetWork)w.Work));

        Assert.Equal(["expert 1.generate unjudged"], data["3.train.dataset"]);
        Assert.Equal(["expert 1.generate judged"], data["6.train.dataset"]);
        Assert.Equal(["expert 1.generate judged", "explored 4.generate judged"], data["7.train.dataset"]);
        Assert.Equal(["explored 4.generate judged successes"], data["8.train.dataset"]);
        Assert.Equal(["explored 4.generate judged successes"], data["11.train.dataset"]);
    }

    [Fact]
    public void A_preference_training_without_data_learns_from_the_last_pairs()
    {
        var works = Sample.WorksOf(Sample.Read(Expert + """
              - pair: {strategy: contrast, data: [expert]}
                as: first
              - pair: {strategy: contrast, data: [expert]}
              - train: {method: dpo}
              - train: {method: dpo, data: first}
            """)).ToDictionary(w => w.Path, w => w.Work);

        Assert.Equal(DatasetId.Of(Sample.Run, "3.pair"), ((TrainWork)works["4.train"]).Dataset);
        Assert.Equal(DatasetId.Of(Sample.Run, "2.pair"), ((TrainWork)works["5.train"]).Dataset);
    }

    [Fact]
    public void A_training_on_labels_learns_from_everything_judged_or_what_it_names_and_passes_on_the_demonstrations()
    {
        var works = Sample.WorksOf(Sample.Read(Expert + """
              - train: {method: sft}
                as: sft
              - generate: {policy: sft, split: train, episodes: 8}
                as: explored
              - judge: {with: [rules]}
              - train: {method: kto, from: sft}
                as: all
              - train: {method: kto, from: sft, data: explored}
              - train: {method: sft, from: all}
            """));
        var data = works.Where(w => w.Work is DatasetWork).ToDictionary(w => w.Path, w => (DatasetWork)w.Work);

        Assert.Equal(["sft", "labelled", "labelled", "sft"], data.Values.Select(work => work.Strategy));
        Assert.Equal(["expert 1.generate judged", "explored 3.generate judged"], Described(works, data["5.train.dataset"]));
        Assert.Equal(["explored 3.generate judged"], Described(works, data["6.train.dataset"]));
        Assert.Equal(["expert 1.generate judged"], Described(works, data["7.train.dataset"]));
        Assert.Equal(["5.train.dataset", "6.train.dataset"], works.Where(w => w.Work is TrainWork { Method: "kto" }).Select(w => w.Path + ".dataset"));
    }

    [Fact]
    public void How_demonstrations_are_taken_stands_in_the_work_of_their_data_set_and_nowhere_else()
    {
        var works = Sample.WorksOf(Sample.Read(Expert + """
              - judge: {with: [rules]}
              - train: {method: sft, failures: marked, invalidWeight: 0}
              - train: {method: sft, from: current}
            """)).ToDictionary(w => w.Path, w => w.Work);

        Assert.Equal(new DemonstrationOptions("marked", 0), ((DatasetWork)works["3.train.dataset"]).Demonstrations);
        Assert.Null(((DatasetWork)works["4.train.dataset"]).Demonstrations);
        Assert.Equal(((TrainWork)works["3.train"]).Options, ((TrainWork)works["4.train"]).Options);
    }

    [Fact]
    public void Current_and_previous_are_the_last_two_models_and_a_name_in_a_repeat_is_the_latest_of_that_name()
    {
        var works = Sample.WorksOf(Sample.Read(Expert + """
              - repeat:
                  times: 2
                  steps:
                    - train: {method: sft, from: current}
                      as: step
                    - evaluate: {split: test, episodes: 2, policies: [current, previous, step]}
            """));
        var played = works.Select(w => w.Work).OfType<EvaluateWork>().Select(w => w.Policies.Select(p => p.Policy.Model!.Value).ToArray()).ToArray();
        Digest Model(string path) => Sample.DigestOf("model " + path);

        Assert.Equal([Model("2.repeat[1].train"), Model("base"), Model("2.repeat[1].train")], played[0]);
        Assert.Equal([Model("2.repeat[2].train"), Model("2.repeat[1].train"), Model("2.repeat[2].train")], played[1]);
        Assert.Equal([Model("base"), Model("2.repeat[1].train")], works.Select(w => w.Work).OfType<TrainWork>().Select(w => w.From));
    }

    [Fact]
    public void A_candidate_must_be_the_model_that_was_evaluated_under_its_name()
    {
        var refused = Assert.Throws<PipelineFileException>(() => Sample.Read(Expert + """
              - train: {method: sft, from: current}
              - evaluate: {split: test, episodes: 2, policies: [random, current]}
                as: final
              - train: {method: sft, from: current}
              - promote: {model: m, alias: a, candidates: [current], when: final.success > random.success}
            """));

        Assert.Equal((11, "candidates"), (refused.Line, refused.Key));
    }

    [Fact]
    public void A_gate_gets_the_evaluations_it_names_or_the_last_one_that_played_everything_it_compares()
    {
        const string trained = """
              - train: {method: sft}
                as: sft
              - evaluate: {split: test, episodes: 2, policies: [random, sft]}
                as: first
              - evaluate: {split: unseen, episodes: 2, policies: [random, sft, base]}
                as: second

            """;
        IReadOnlyList<string> Named(string when) => [.. Sample.WorksOf(Sample.Read(Expert + trained + $"  - promote: {{model: m, alias: a, candidates: [sft], when: \"{when}\"}}"))
            .Select(w => w.Work).OfType<PromoteWork>().Single().Evaluations.Select(e => e.Name)];

        Assert.Equal(["first"], Named("first.success > random.success"));
        Assert.Equal(["first", "second"], Named("first.success > random.success and second.meanTurns < base.meanTurns"));
        Assert.Equal(["second"], Named("sft.success > random.success"));
        Assert.Equal("when", Assert.Throws<PipelineFileException>(() => Named("first.success > base.success")).Key);
    }

    [Fact]
    public void Whatever_plays_plays_with_the_data_of_the_person_that_its_step_names_and_with_nobodys_else()
    {
        var works = Sample.WorksOf(Sample.Read("""
              - generate: {policy: expert, split: train, episodes: 8, subject: ada}
              - train: {method: grpo, iterations: 1, subject: grace}
              - evaluate: {split: test, episodes: 2, policies: [random, base], subject: linus}
              - evaluate: {split: test, episodes: 2, policies: [random, base]}
            """)).Select(w => w.Work).ToList();

        Assert.Equal(["ada"], works.OfType<GenerateWork>().Select(work => work.Subject));
        Assert.Equal(["grace"], works.OfType<OnlineTrainWork>().Select(work => work.Subject));
        Assert.Equal(["linus", null], works.OfType<EvaluateWork>().Select(work => work.Subject));
    }

    [Fact]
    public void A_run_of_an_older_version_keeps_a_plan_that_a_new_file_would_not_get()
    {
        var file = Sample.Read(Expert + """
              - train: {method: sft}
                as: sft
              - evaluate: {split: test, episodes: 2, policies: [random, sft]}
                as: final
              - promote: {model: m, alias: a, candidates: [sft], when: final.success > random.success}
            """);
        var older = file with { Steps = [.. file.Steps.Select(step => step is EvaluateStep evaluate ? evaluate with { Split = "train" } : step)] };

        var plan = PipelinePlan.Of(older);

        Assert.Equal(PipelinePlan.Of(file).Steps.Select(step => step.Path), plan.Steps.Select(step => step.Path));
        Assert.Contains("held-out tasks", Assert.Single(plan.Objections).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plan_read_back_from_the_ledger_asks_for_the_same_work()
    {
        var file = PipelineFile.Read(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "pipelines", "household-rft-eto.yaml")));
        var fact = new RunSubmitted(Sample.Run, file, "ada");
        var read = (RunSubmitted)AllEvents.Registry.Read("run.submitted.v1", AllEvents.Registry.Write(fact));

        Assert.Equal(Text(Sample.WorksOf(file)), Text(Sample.WorksOf(read.Specification)));
    }

    private static IReadOnlyList<string> Paths(PipelineSpecification specification) => [.. PipelinePlan.Of(specification).Steps.Select(s => s.Path)];

    private static long Seed(IReadOnlyList<(string Path, StepWork Work)> works) => works.Select(w => w.Work).OfType<GenerateWork>().First().Seed;

    private static string PathOf(IReadOnlyList<(string Path, StepWork Work)> works, GenerationId generation) =>
        works.Single(w => w.Work is GenerateWork g && GenerationId.Of(Sample.Run, w.Path, g.Policy.ToString()) == generation).Path;

    private static IReadOnlyList<string> Described(IReadOnlyList<(string Path, StepWork Work)> works, DatasetWork data) =>
        [.. data.Sources.Select(s => $"{s.Name} {PathOf(works, s.Generation)} {(s.Judgement is null ? "unjudged" : "judged")}{(s.SuccessesOnly ? " successes" : "")}")];

    private static string Text(IReadOnlyList<(string Path, StepWork Work)> works) =>
        string.Join("\n", works.Select(w => $"{w.Path} {System.Text.Json.JsonSerializer.Serialize(w.Work, EventRegistry.Json)}"));
}
