using AgentOps.Contracts;

namespace AgentOps.Pipeline.Tests;

public sealed class when_a_team_is_planned
{
    /// <summary>Lines 6 to 12: a model of both roles, and a model for each.</summary>
    private const string Models = """
          - generate: {policy: expert, split: train, episodes: 8}
          - train: {method: sft}
            as: both
          - train: {method: sft, data: [expert], role: planner}
            as: plans
          - train: {method: sft, data: [expert], role: worker}
            as: works

        """;

    [Fact]
    public void One_name_plays_all_roles_and_a_mapping_names_one_for_each()
    {
        var works = Works(Models + """
              - generate: {policy: both, split: train, tasks: fresh, episodes: 8}
              - generate: {policy: {worker: works, planner: expert}, split: train, tasks: fresh, episodes: 8}
            """);

        Assert.Equal(Model("2.train"), Generated(works["5.generate"]).Policy);
        Assert.Equal(PolicyReference.Team([new("planner", new(PolicyKind.Expert)), new("worker", Model("4.train"))]), Generated(works["6.generate"]).Policy);

        static GenerateWork Generated(StepWork work) => Assert.IsType<GenerateWork>(work);
    }

    [Fact]
    public void A_training_takes_the_sequences_of_its_role_and_without_one_those_of_all()
    {
        var works = Works(Models + """
              - judge: {with: [environment]}
              - pair: {strategy: contrast, data: [expert], role: worker}
              - train: {method: dpo, from: works}
              - train: {method: kto, from: plans, data: [expert], role: planner}
            """);

        Assert.Equal([("2.train.dataset", null), ("3.train.dataset", "planner"), ("4.train.dataset", "worker"), ("6.pair", "worker"), ("8.train.dataset", "planner")],
            works.Where(work => work.Value is DatasetWork).Select(work => (work.Key, ((DatasetWork)work.Value).Role)));
    }

    [Fact]
    public void Online_one_role_learns_beside_partners_that_stay_as_they_are_or_all_learn_jointly()
    {
        var works = Works(Models + """
              - train: {method: grpo, from: works, role: worker, partners: {planner: plans}, iterations: 2, reward: {success: 1, turn: -0.01}, credit: split}
              - train: {method: grpo, from: both, iterations: 2}
            """);
        var (beside, jointly) = (Assert.IsType<OnlineTrainWork>(works["5.train"]), Assert.IsType<OnlineTrainWork>(works["6.train"]));

        Assert.Equal(("worker", "split", Model("3.train")), (beside.Role, beside.Options.Credit, beside.Partners!["planner"]));
        Assert.Equal((null, null, Model("2.train").Model), (jointly.Role, jointly.Partners, (Digest?)jointly.From));
    }

    [Fact]
    public void An_evaluation_plays_teams_beside_models_and_a_gate_may_put_forward_one_members_model()
    {
        var works = Works(Models + """
              - evaluate:
                  split: test
                  episodes: 8
                  policies: [random, both, {as: apart, planner: plans, worker: works}]
                as: final
              - promote: {model: crew-worker, alias: production, candidates: [apart], role: worker, when: "final.success > both.success"}
            """);
        var apart = PolicyReference.Team([new("planner", Model("3.train")), new("worker", Model("4.train"))]);

        Assert.Equal([("random", "random"), ("both", Model("2.train").ToString()), ("apart", apart.ToString())], Assert.IsType<EvaluateWork>(works["5.evaluate"]).Policies.Select(p => (p.Name, p.Policy.ToString())));
        var promote = Assert.IsType<PromoteWork>(works["6.promote"]);
        Assert.Equal(("worker", apart), (promote.Role, Assert.Single(promote.Candidates).Policy));
        Assert.Equal(Model("4.train").Model, promote.ModelOf(promote.Candidates[0]));
    }

    [Fact]
    public void A_gates_team_is_the_one_that_the_evaluation_played_and_not_another_of_that_name()
    {
        var refused = Refused(Models + """
              - evaluate: {split: test, episodes: 8, policies: [random, {as: apart, planner: plans, worker: works}]}
                as: first
              - evaluate: {split: test, episodes: 8, policies: [random, {as: apart, planner: works, worker: plans}]}
                as: second
              - promote: {model: m, alias: production, candidates: [apart], role: worker, when: "first.success > random.success"}
            """);

        Assert.Contains("the evaluation 'first' did not play 'apart' as it stands here", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(13, "policy", "  - generate: {policy: {planner: plans, cook: works}, split: train, episodes: 8}", "no role 'cook'")]
    [InlineData(16, "policy", "  - generate:\n      policy:\n        planner: plans\n        cook: works\n      split: train\n      episodes: 8", "no role 'cook'")]
    [InlineData(13, "policy", "  - generate: {policy: {planner: plans}, split: train, episodes: 8}", "nobody plays the role 'worker'")]
    [InlineData(13, "policy", "  - generate: {policy: {}, split: train, episodes: 8}", "nobody plays the role 'planner'")]
    [InlineData(13, "planner", "  - generate: {policy: {planner: [plans], worker: works}, split: train, episodes: 8}", "a single value")]
    [InlineData(13, "policy", "  - generate: {policy: {planner: plans, worker: nobody}, split: train, episodes: 8}", "no step is named 'nobody'")]
    [InlineData(13, "policy", "  - generate: {policy: {planner: plans, worker: works}, split: train, episodes: 8, environment: maze}", "one agent")]
    [InlineData(13, "policies", "  - evaluate: {split: test, episodes: 8, policies: [{planner: plans, worker: works}]}", "as")]
    [InlineData(13, "policies", "  - evaluate: {split: test, episodes: 8, policies: [{as: both, planner: plans, worker: works}]}", "the name of a step")]
    [InlineData(13, "policies", "  - evaluate: {split: test, episodes: 8, policies: [{as: expert, planner: plans, worker: works}]}", "reserved")]
    [InlineData(13, "policies", "  - evaluate: {split: test, episodes: 8, policies: [{as: t, planner: plans, worker: works}, {as: t, planner: expert, worker: works}]}", "twice")]
    [InlineData(15, "policies", "  - evaluate: {split: test, episodes: 8, policies: [\n      both,\n      {as: t, planner: plans}]}", "nobody plays the role 'worker'")]
    [InlineData(13, "keep", "  - evaluate: {split: dev, episodes: 8, policies: [both, {as: t, planner: plans, worker: works}], keep: best}", "a team is none")]
    [InlineData(13, "role", "  - train: {method: sft, role: cook}", "no role 'cook' in crew, which has the roles planner, worker")]
    [InlineData(13, "role", "  - pair: {strategy: contrast, data: [expert], role: cook}", "no role 'cook'")]
    [InlineData(15, "role", "  - generate: {policy: expert, split: train, episodes: 8, environment: maze}\n    as: elsewhere\n  - train: {method: sft, data: [elsewhere], role: planner}", "maze, which has one agent and no roles")]
    [InlineData(14, "role", "  - pair: {strategy: contrast, data: [expert]}\n  - train: {method: dpo, from: both, role: planner}", "give that one the 'role'")]
    [InlineData(13, "partners", "  - train: {method: sft, partners: {planner: plans}}", "this is a setting of")]
    [InlineData(13, "partners", "  - train: {method: grpo, from: works, partners: {planner: plans}, iterations: 2}", "say which one with 'role'")]
    [InlineData(13, "partners", "  - train: {method: grpo, from: works, role: worker, iterations: 2}", "nobody plays the role 'planner'")]
    [InlineData(13, "partners", "  - train: {method: grpo, from: works, role: worker, partners: {planner: plans, worker: works}, iterations: 2}", "no role 'worker' to be played here")]
    [InlineData(13, "role", "  - train: {method: grpo, from: works, role: cook, partners: {planner: plans}, iterations: 2}", "no role 'cook'")]
    [InlineData(13, "role", "  - train: {method: grpo, from: works, role: worker, partners: {planner: plans}, iterations: 2, environment: maze}", "one agent and no roles")]
    [InlineData(13, "credit", "  - train: {method: grpo, iterations: 2, environment: maze, reward: {turn: -0.01}, credit: split}", "nobody to share a reward with")]
    [InlineData(13, "credit", "  - train: {method: grpo, iterations: 2, reward: {success: 1}, credit: split}", "the reward counts neither")]
    [InlineData(13, "credit", "  - train: {method: grpo, iterations: 2, credit: halves}", "not one of shared, split")]
    [InlineData(13, "credit", "  - train: {method: sft, credit: shared}", "this is a setting of")]
    public void What_does_not_fit_the_roles_is_refused_with_its_line_and_key(int line, string key, string step, string said)
    {
        var refused = Refused(Models + step + "\n");

        Assert.Equal((line, key == "policies" && said == "as" ? "as" : key), (refused.Line, refused.Key));
        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("candidates", "candidates: [apart]", "say with 'role' whose model is registered")]
    [InlineData("candidates", "candidates: [both], role: worker", "is no team that an earlier evaluation played")]
    [InlineData("role", "candidates: [apart], role: cook", "no model in the role 'cook'")]
    [InlineData("role", "candidates: [led], role: planner", "no model in the role 'planner'")]
    public void A_candidate_that_is_no_team_or_no_model_is_refused(string key, string candidates, string said)
    {
        var refused = Refused(Models + $$"""
              - {evaluate: {split: test, episodes: 8, policies: [both, {as: apart, planner: plans, worker: works}, {as: led, planner: expert, worker: works}]}, as: final}
              - promote: {model: m, alias: production, when: "final.success > both.success", {{candidates}}}
            """);

        Assert.Equal((14, key), (refused.Line, refused.Key));
        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reward_model_pays_no_team() => Assert.Contains("a role's part of a team's episode is none", Refused(Models + """
          - judge: {with: [environment]}
          - train: {method: reward, from: both, loss: outcome, data: [expert]}
            as: scorer
          - train: {method: grpo, from: both, iterations: 2, reward: {model: 1}, rewardModel: scorer}
        """).Message, StringComparison.Ordinal);

    [Fact]
    public void Who_plays_for_a_model_is_made_again_with_it()
    {
        var steps = Models + """
              - train: {method: grpo, from: works, role: worker, partners: {planner: plans}, iterations: 2}
            """;
        var specification = Read(steps);
        var submitted = new RunSubmitted(Sample.Run, specification, "ada");
        var finished = Sample.WorksOf(specification).ToDictionary(work => work.Path, work => new FinishedStep(work.Work, Sample.OutputOf(new(Sample.Run, work.Path, 1), work.Work)));

        var again = Reproductions.Of(new FinishedRun(submitted, finished), Model("5.train").Model!.Value, ReproduceFrom.Generation);

        Assert.Equal(["base", "1.generate", "3.train.dataset", "3.train", "4.train.dataset", "4.train", "5.train"], again.Steps.Select(step => step.Path));
    }

    private static PolicyReference Model(string path) => new(PolicyKind.Model, Sample.DigestOf("model " + path));

    private static string File(string steps) => Sample.File(steps).Replace("environment: maze\n", "environment: crew\n", StringComparison.Ordinal);

    private static PipelineSpecification Read(string steps) => PipelineFile.Read(File(steps));

    private static Dictionary<string, StepWork> Works(string steps) => Sample.WorksOf(Read(steps)).ToDictionary(work => work.Path, work => work.Work);

    private static PipelineFileException Refused(string steps) => Assert.Throws<PipelineFileException>(() => Read(steps));
}
