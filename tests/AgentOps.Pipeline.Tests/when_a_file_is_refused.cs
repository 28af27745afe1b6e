namespace AgentOps.Pipeline.Tests;

public sealed class when_a_file_is_refused
{
    /// <summary>Line 6, an expert's trajectories, so that the step in question is on line 7.</summary>
    private const string Expert = "  - generate: {policy: expert, split: train, episodes: 8}\n";

    [Theory]
    [InlineData(7, "episods", "  - generate: {policy: expert, split: train, episods: 8}")]
    [InlineData(8, "nam", "  - judge: {with: [rules]}\n    nam: x")]
    [InlineData(7, "steps", "  - as: lonely")]
    [InlineData(7, "judge", "  - {generate: {policy: expert, split: train, episodes: 8}, judge: {with: [rules]}}")]
    [InlineData(7, "generate", "  - generate: expert")]
    [InlineData(7, "steps", "  - just words")]
    [InlineData(7, "split", "  - generate: {policy: expert, episodes: 8}")]
    [InlineData(9, "split", "  - generate:\n      policy: expert\n      split: validation\n      episodes: 8")]
    [InlineData(7, "episodes", "  - generate: {policy: expert, split: train, episodes: many}")]
    [InlineData(7, "episodes", "  - generate: {policy: expert, split: train, episodes: 0}")]
    [InlineData(7, "episodes", "  - generate: {policy: expert, split: train, episodes: 2m}")]
    [InlineData(7, "episodes", "  - generate: {policy: expert, split: train, episodes: 1.5}")]
    [InlineData(7, "episodes", "  - generate: {policy: expert, split: train, episodes: 10, samples: 4}")]
    [InlineData(7, "episodes", "  - generate: {policy: expert, split: train, episodes: [8]}")]
    [InlineData(7, "episodes", "  - generate: {policy: expert, split: train, episodes: 1e99}")]
    [InlineData(7, "episodes", "  - generate: {policy: expert, split: train, episodes: 9e27m}")]
    [InlineData(7, "episodes", "  - generate: {policy: expert, split: train, episodes: }")]
    [InlineData(7, "tasks", "  - generate: {policy: expert, split: train, episodes: 8, tasks: new}")]
    [InlineData(7, "temperature", "  - generate: {policy: expert, split: train, episodes: 8, temperature: -0.1}")]
    [InlineData(7, "temperature", "  - generate: {policy: expert, split: train, episodes: 8, temperature: nan}")]
    [InlineData(7, "temperature", "  - generate: {policy: expert, split: train, episodes: 8, temperature: 2.1}")]
    [InlineData(7, "subject", "  - generate: {policy: expert, split: train, episodes: 8, subject: ../ada}")]
    [InlineData(7, "subject", "  - evaluate: {split: test, episodes: 8, policies: [base], subject: ../ada}")]
    [InlineData(7, "environment", "  - generate: {policy: expert, split: train, episodes: 8, environment: ../maze}")]
    [InlineData(7, "environment", "  - train: {method: sft, environment: maze}")]
    [InlineData(8, "shares", "  - generate: {policy: expert, split: train, episodes: 8}\n  - train: {method: sft, shares: {maze: 0.5, household: 0.5}}")]
    [InlineData(8, "shares", "  - generate: {policy: expert, split: train, episodes: 8}\n  - train: {method: sft, shares: {household: 1}}")]
    [InlineData(8, "shares", "  - generate: {policy: expert, split: train, episodes: 8}\n  - train: {method: sft, shares: {maze: 0.5}}")]
    [InlineData(8, "shares", "  - generate: {policy: expert, split: train, episodes: 8}\n  - train: {method: sft, epochs: 2, shares: {maze: 1}}")]
    [InlineData(8, "shares", "  - generate: {policy: expert, split: train, episodes: 8}\n  - train: {method: sft, shares: 0.2}")]
    [InlineData(8, "maze", "  - generate: {policy: expert, split: train, episodes: 8}\n  - train: {method: sft, shares: {maze: much}}")]
    [InlineData(7, "shares", "  - train: {method: dpo, shares: {maze: 1}}")]
    [InlineData(7, "lead", "  - pair: {strategy: contrast, data: [expert], lead: 0.5}")]
    [InlineData(7, "lead", "  - pair: {strategy: steps, data: [expert], lead: 1}")]
    [InlineData(7, "visits", "  - pair: {strategy: both, data: [expert], visits: 0}")]
    [InlineData(7, "clip", "  - train: {method: reinforce, iterations: 2, clip: 0.2}")]
    [InlineData(7, "stateWeight", "  - train: {method: grpo, iterations: 2, stateWeight: 1}")]
    [InlineData(7, "data", "  - train: {method: grpo, iterations: 2, data: [expert]}")]
    [InlineData(7, "epochs", "  - train: {method: reinforce, iterations: 2, epochs: 2}")]
    [InlineData(7, "epochs", "  - train: {method: grpo, iterations: 2, epochs: 101}")]
    [InlineData(7, "scale", "  - train: {method: ppo, iterations: 2, scale: none}")]
    [InlineData(7, "lambda", "  - train: {method: ppo, iterations: 2, lambda: 1.1}")]
    [InlineData(7, "lambda", "  - train: {method: grpo, iterations: 2, lambda: 1}")]
    [InlineData(7, "valueWeight", "  - train: {method: ppo, iterations: 2, valueWeight: 0}")]
    [InlineData(7, "valueClip", "  - train: {method: ppo, iterations: 2, valueClip: -1}")]
    [InlineData(7, "observationWeight", "  - train: {method: grpo, iterations: 2, observationWeight: -1}")]
    [InlineData(7, "entropy", "  - train: {method: ppo, iterations: 2, entropy: -1}")]
    [InlineData(7, "samples", "  - train: {method: ppo, iterations: 2, samples: 0}")]
    [InlineData(7, "stop", "  - train: {method: grpo, iterations: 3, stop: {rewardBelow: 0.5}}")]
    [InlineData(7, "stop", "  - train: {method: grpo, iterations: 9, stop: {}}")]
    [InlineData(8, "rewardBelow", "  - train: {method: grpo, iterations: 9, stop: {\n      rewardBelow: 1}}")]
    [InlineData(8, "varianceBelow", "  - train: {method: grpo, iterations: 9, stop: {\n      varianceBelow: 0.1}}")]
    [InlineData(7, "stop", "  - train: {method: sft, stop: {rewardBelow: 0.5}}")]
    [InlineData(8, "horizon", "  - train: {method: grpo, iterations: 3,\n      horizon: [8, 4]}")]
    [InlineData(9, "horizon", "  - train: {method: grpo, iterations: 3,\n      horizon: [8,\n        0]}")]
    [InlineData(7, "horizon", "  - train: {method: grpo, iterations: 3, horizon: [8, 8]}")]
    [InlineData(7, "horizon", "  - train: {method: grpo, iterations: 3, horizon: [8, 10001]}")]
    [InlineData(7, "horizon", "  - train: {method: grpo, iterations: 3, horizon: [2, 4, 6, 8]}")]
    [InlineData(7, "horizon", "  - train: {method: grpo, iterations: 3, horizon: many}")]
    [InlineData(8, "speed", "  - train: {method: grpo, iterations: 2, reward: {success: 1,\n      speed: 1}}")]
    [InlineData(8, "turn", "  - train: {method: grpo, iterations: 2, reward: {success: 1,\n      turn: nan}}")]
    [InlineData(8, "success", "  - train: {method: grpo, iterations: 2, reward: {\n      success: .inf}}")]
    [InlineData(8, "reward", "  - train: {method: grpo, iterations: 2,\n      reward: {}}")]
    [InlineData(7, "reward", "  - train: {method: grpo, iterations: 2, reward: {turn: 0}}")]
    [InlineData(7, "reward", "  - train: {method: grpo, iterations: 2, reward: success}")]
    [InlineData(7, "reward", "  - train: {method: sft, reward: {success: 1}}")]
    [InlineData(7, "iterations", "  - train: {method: grpo}")]
    [InlineData(7, "samples", "  - train: {method: grpo, iterations: 2, samples: 1}")]
    [InlineData(7, "split", "  - train: {method: grpo, iterations: 2, split: test}")]
    [InlineData(7, "iterations", "  - train: {method: grpo, iterations: 501}")]
    [InlineData(7, "iterations", "  - train: {method: grpo, iterations: 500, groups: 1000, samples: 1000}")]
    [InlineData(7, "groups", "  - train: {method: sft, groups: 4}")]
    [InlineData(7, "batchTokens", "  - train: {method: sft, batchTokens: 4000001}")]
    [InlineData(7, "policy", "  - generate: {policy: sft, split: train, episodes: 8}")]
    [InlineData(7, "policy", "  - generate: {policy: previous, split: train, episodes: 8}")]
    [InlineData(7, "policy", "  - generate: {policy: null, split: train, episodes: 8}")]
    [InlineData(8, "deadline", "  - judge: {with: [rules]}\n    deadline: 10")]
    [InlineData(8, "deadline", "  - judge: {with: [rules]}\n    deadline: 90h")]
    [InlineData(8, "attempts", "  - judge: {with: [rules]}\n    attempts: 11")]
    [InlineData(8, "as", "  - judge: {with: [rules]}\n    as: current")]
    [InlineData(8, "as", "  - judge: {with: [rules]}\n    as: 'a.b'")]
    [InlineData(10, "as", "  - judge: {with: [rules]}\n    as: x\n  - generate: {policy: expert, split: dev, episodes: 8}\n    as: x")]
    [InlineData(8, "with", "  - judge:\n      with: []")]
    [InlineData(9, "with", "  - judge:\n      with: [environment,\n        oracle]")]
    [InlineData(9, "with", "  - judge:\n      with: [rules,\n        rules]")]
    [InlineData(8, "with", "  - judge: {with: [rules]}\n  - judge: {with: [rules]}")]
    [InlineData(9, "reviewers", "  - judge:\n      with: [environment]\n      reviewers: 3")]
    [InlineData(8, "reviews", "  - judge: {with: [environment],\n      reviews: 3}")]
    [InlineData(8, "reviews", "  - judge: {with: [people],\n      reviews: 3}")]
    [InlineData(8, "reviewers", "  - judge: {with: [environment, people],\n      reviewers: 2}")]
    [InlineData(7, "reviews", "  - judge: {with: [environment, people], reviews: 0}")]
    [InlineData(8, "deadline", "  - judge: {with: [environment, people]}\n    deadline: 31d")]
    [InlineData(8, "pairs", "  - pair: {strategy: contrast, data: [expert],\n      pairs: 3}")]
    [InlineData(7, "reviewers", "  - pair: {strategy: steps, data: [expert], reviewers: 1}")]
    [InlineData(7, "lead", "  - pair: {strategy: people, data: [expert], lead: 0.5}")]
    [InlineData(7, "pairs", "  - pair: {strategy: people, data: [expert], pairs: 1001}")]
    [InlineData(8, "data", "  - pair: {strategy: people,\n      data: [nobody]}")]
    [InlineData(7, "method", "  - train: {method: trpo}")]
    [InlineData(7, "method", "  - train: {method: dpo}")]
    [InlineData(7, "epochs", "  - train: {method: sft, tokens: 1k, epochs: 2}")]
    [InlineData(7, "beta", "  - train: {method: sft, beta: 0.1}")]
    [InlineData(7, "learningRate", "  - train: {method: sft, learningRate: 0}")]
    [InlineData(7, "loss", "  - train: {method: sft, loss: ipo}")]
    [InlineData(7, "adapter", "  - train: {method: sft, adapter: lora}")]
    [InlineData(7, "failures", "  - train: {method: sft, failures: marked}")]
    [InlineData(8, "failures", "  - judge: {with: [rules]}\n  - train: {method: sft, failures: all}")]
    [InlineData(8, "failures", "  - judge: {with: [rules]}\n  - train: {method: kto, failures: marked}")]
    [InlineData(7, "invalidWeight", "  - train: {method: sft, invalidWeight: 1.5}")]
    [InlineData(8, "invalidWeight", "  - train: {method: sft, observationWeight: 0.1,\n      invalidWeight: 0}")]
    [InlineData(7, "klWeight", "  - train: {method: sft, klWeight: -1}")]
    [InlineData(8, "l2Weight", "  - train: {method: sft, adapter: {lora: {rank: 8, alpha: 16}},\n      l2Weight: 1}")]
    [InlineData(7, "observationWeight", "  - train: {method: sft, observationWeight: -0.1}")]
    [InlineData(8, "observationWeight", "  - judge: {with: [rules]}\n  - train: {method: kto, observationWeight: 1}")]
    [InlineData(8, "klWeight", "  - judge: {with: [rules]}\n  - train: {method: kto, klWeight: 1}")]
    [InlineData(7, "packing", "  - train: {method: sft, packing: sometimes}")]
    [InlineData(8, "packing", "  - train: {method: reinforce, iterations: 2,\n      packing: true}")]
    [InlineData(7, "processes", "  - train: {method: sft, processes: 17}")]
    [InlineData(8, "processes", "  - train: {method: grpo, iterations: 2,\n      processes: 2}")]
    [InlineData(7, "lora", "  - train: {method: sft, adapter: {}}")]
    [InlineData(7, "rank", "  - train: {method: sft, adapter: {lora: {alpha: 16}}}")]
    [InlineData(7, "rank", "  - train: {method: sft, adapter: {qlora: {rank: 1025, alpha: 16}}}")]
    [InlineData(8, "qlora", "  - train: {method: sft, adapter: {lora: {rank: 8, alpha: 16},\n      qlora: {rank: 8, alpha: 16}}}")]
    [InlineData(8, "alpha", "  - train: {method: sft,\n      adapter: {lora: {rank: 8, alpha: 0}}}")]
    [InlineData(9, "targets", "  - train: {method: sft,\n      adapter: {lora: {rank: 8, alpha: 16, targets: [q_proj,\n        lm_head]}}}")]
    [InlineData(8, "loss", "  - pair: {strategy: contrast, data: [expert]}\n  - train: {method: dpo, loss: bpo}")]
    [InlineData(9, "smoothing", "  - pair: {strategy: contrast, data: [expert]}\n  - train: {method: dpo,\n      smoothing: 0.1}")]
    [InlineData(8, "margin", "  - pair: {strategy: contrast, data: [expert]}\n  - train: {method: dpo, loss: robust, margin: 1}")]
    [InlineData(8, "smoothing", "  - pair: {strategy: contrast, data: [expert]}\n  - train: {method: dpo, loss: robust, smoothing: 0.5}")]
    [InlineData(8, "discount", "  - pair: {strategy: contrast, data: [expert]}\n  - train: {method: dpo, loss: dmpo, discount: 1.5}")]
    [InlineData(9, "preferenceWeight", "  - pair: {strategy: contrast, data: [expert]}\n  - train: {method: dpo, sftWeight: 0,\n      preferenceWeight: 0}")]
    [InlineData(7, "desirableWeight", "  - train: {method: sft, desirableWeight: 1}")]
    [InlineData(8, "sftWeight", "  - judge: {with: [rules]}\n  - train: {method: kto, sftWeight: 1}")]
    [InlineData(7, "method", "  - train: {method: kto}")]
    [InlineData(7, "data", "  - train: {method: kto, data: [expert]}")]
    [InlineData(9, "data", "  - judge: {with: [rules]}\n  - generate: {policy: random, split: train, episodes: 8}\n  - train: {method: kto, data: [random]}")]
    [InlineData(9, "data", "  - judge: {with: [rules]}\n  - generate: {policy: random, split: train, episodes: 8}\n  - train: {method: kto, data: [expert, random]}")]
    [InlineData(9, "method", "  - judge: {with: [rules]}\n  - generate: {policy: random, split: train, episodes: 8}\n  - train: {method: kto}")]
    [InlineData(8, "data", "  - judge: {with: [rules]}\n  - train: {method: kto, data: [expert.successes]}")]
    [InlineData(7, "method", "  - train: {method: reward}")]
    [InlineData(7, "method", "  - train: {method: reward, loss: outcome}")]
    [InlineData(7, "loss", "  - train: {method: reward, loss: ipo}")]
    [InlineData(7, "beta", "  - train: {method: reward, beta: 0.1}")]
    [InlineData(7, "adapter", "  - train: {method: reward, adapter: {lora: {rank: 8, alpha: 16}}}")]
    [InlineData(7, "rewardModel", "  - train: {method: sft, rewardModel: judge}")]
    [InlineData(8, "reward", "  - train: {method: grpo, iterations: 2,\n      reward: {success: 1, model: 1}}")]
    [InlineData(8, "rewardModel", "  - train: {method: grpo, iterations: 2,\n      rewardModel: judge}")]
    [InlineData(8, "rewardModel", "  - train: {method: grpo, iterations: 2, reward: {success: 1, model: 0},\n      rewardModel: judge}")]
    [InlineData(8, "rewardModel", "  - train: {method: grpo, iterations: 2, reward: {model: 1},\n      rewardModel: nobody}")]
    [InlineData(8, "rewardModel", "  - train: {method: grpo, iterations: 2, reward: {model: 1},\n      rewardModel: base}")]
    [InlineData(8, "method", "  - pair: {strategy: steps, data: [expert]}\n  - train: {method: reward}")]
    [InlineData(10, "data", "  - pair: {strategy: both, data: [expert]}\n    as: pairs\n  - train: {method: reward,\n      data: [pairs]}")]
    [InlineData(7, "from", "  - train: {method: sft, from: later}\n  - train: {method: sft}\n    as: later")]
    [InlineData(7, "from", "  - train: {method: sft, from: random}")]
    [InlineData(9, "from", "  - judge: {with: [rules]}\n    as: j\n  - train: {method: sft, from: j}")]
    [InlineData(8, "data", "  - train: {method: sft,\n      data: [nobody]}")]
    [InlineData(9, "data", "  - train: {method: sft,\n      data: [expert,\n      nobody.successes]}")]
    [InlineData(8, "data", "  - generate: {policy: random, split: test, episodes: 8}\n  - train: {method: sft, data: [random]}")]
    [InlineData(8, "data", "  - generate: {policy: expert, split: dev, episodes: 8}\n  - train: {method: sft, data: [expert]}")]
    [InlineData(9, "data", "  - pair: {strategy: contrast, data: [expert]}\n    as: pairs\n  - train: {method: sft, data: [pairs]}")]
    [InlineData(8, "data", "  - pair: {strategy: contrast, data: [expert]}\n  - train: {method: dpo, data: [expert]}")]
    [InlineData(9, "data", "  - generate: {policy: random, split: train, episodes: 8}\n  - pair: {strategy: contrast, data: [expert,\n      random.successes]}")]
    [InlineData(7, "strategy", "  - pair: {strategy: grouped, data: [expert]}")]
    [InlineData(7, "policies", "  - evaluate: {split: test, episodes: 8, policies: [base, sft]}")]
    [InlineData(7, "policies", "  - evaluate: {split: test, episodes: 8, policies: []}")]
    [InlineData(7, "times", "  - repeat: {times: 0, steps: [{judge: {with: [rules]}}]}")]
    [InlineData(7, "times", "  - repeat: {times: 100, steps: [{repeat: {times: 100, steps: [{judge: {with: [rules]}}]}}]}")]
    [InlineData(7, "steps", "  - repeat: {times: 2, steps: []}")]
    [InlineData(8, "as", "  - repeat: {times: 2, steps: [{judge: {with: [rules]}}]}\n    as: loop")]
    [InlineData(8, "deadline", "  - repeat: {times: 2, steps: [{judge: {with: [rules]}}]}\n    deadline: 1h")]
    public void A_step_that_cannot_be_run_is_named_by_line_and_key(int line, string key, string step)
    {
        var refused = Refused(Sample.File(Expert + step + "\n"));

        Assert.Equal((line, key), (refused.Line, refused.Key));
        Assert.StartsWith($"Line {line}, '{key}': ", refused.Message);
    }

    [Fact]
    public void An_unknown_part_of_a_reward_is_told_the_known_ones() => Assert.Equal(
        "Line 7, 'speed': this is not a key of reward; the keys are reward, success, invalidAction, turn, truncated, model.",
        Refused(Sample.File(Expert + "  - train: {method: grpo, iterations: 2, reward: {speed: 1}}\n")).Message);

    [Theory]
    [InlineData(10, "candidates", "[base2]", "final.success > random.success")]
    [InlineData(10, "candidates", "[expert]", "final.success > random.success")]
    [InlineData(10, "candidates", "[sft, base]", "final.success > random.success")]
    [InlineData(10, "candidates", "[base]", "random.success > random.success")]
    [InlineData(11, "when", "[sft]", "final.success > nobody.success")]
    [InlineData(11, "when", "[sft]", "final.success = random.success")]
    [InlineData(11, "when", "[sft]", "final.success > random.success or final.success > random.success")]
    [InlineData(11, "when", "[sft]", "final.success > 0.5")]
    [InlineData(11, "when", "[sft]", "final.reward > random.success")]
    [InlineData(11, "when", "[sft]", "final.success > random.success and")]
    public void A_gate_that_cannot_be_judged_is_named_by_line_and_key(int line, string key, string candidates, string when)
    {
        var refused = Refused(Sample.File(Expert + $$"""
              - train: {method: sft}
                as: sft
              - {evaluate: {split: test, episodes: 8, policies: [random, sft]}, as: final}
              - promote: {model: m, alias: production, candidates: {{candidates}},
                 when: "{{when}}" }
            """));

        Assert.Equal((line, key), (refused.Line, refused.Key));
    }

    [Theory]
    [InlineData("train")]
    [InlineData("dev")]
    public void A_gate_takes_no_evidence_from_tasks_that_models_learn_from(string split)
    {
        var refused = Refused(Sample.File(Expert + $$"""
              - train: {method: sft}
                as: sft
              - {evaluate: {split: {{split}}, episodes: 8, policies: [random, sft]}, as: final}
              - promote: {model: m, alias: production, candidates: [sft],
                 when: "final.success > random.success" }
            """));

        Assert.Equal((11, "when"), (refused.Line, refused.Key));
        Assert.Contains("held-out tasks", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_evaluation_of_more_policies_than_one_event_can_report_is_refused()
    {
        var refused = Refused(Sample.File(Expert + $"  - evaluate: {{split: test, episodes: 8, policies: [{string.Join(", ", Enumerable.Range(0, 17).Select(i => $"p{i}"))}]}}\n"));

        Assert.Equal("Line 7, 'policies': 17 policies are more than the 16 that one evaluation compares; use several.", refused.Message);
    }

    [Fact]
    public void A_paired_test_of_anything_but_success_is_refused()
    {
        var refused = Refused(Sample.File(Expert + """
              - train: {method: sft}
                as: sft
              - {evaluate: {split: test, episodes: 8, policies: [random, sft]}, as: final}
              - promote: {model: m, alias: production, candidates: [sft], when: "final.invalidRate < random.invalidRate",
                 test: paired }
            """));

        Assert.Equal((11, "test"), (refused.Line, refused.Key));
    }

    [Theory]
    [InlineData(3, "environment: maze", "environment: castle")]
    [InlineData(7, "  - judge: {with: [rules]}", "  - generate: {policy: expert, split: train, episodes: 8, environment: castle}")]
    [InlineData(7, "  - judge: {with: [rules]}", "  - repeat: {times: 2, steps: [{evaluate: {split: test, episodes: 8, policies: [base], environment: castle}}]}")]
    public void An_environment_that_does_not_exist_is_named_with_those_that_do(int line, string written, string changed)
    {
        var refusal = Assert.Throws<PipelineFileException>(() => PipelineFile.Read(Sample.File("  - generate: {policy: expert, split: train, episodes: 8}\n  - judge: {with: [rules]}\n").Replace(written, changed), ["maze", "household"]));

        Assert.Equal((line, "environment"), (refusal.Line, refusal.Key));
        Assert.EndsWith("there is no environment 'castle'; there are maze, household.", refusal.Message);
    }

    [Theory]
    [InlineData(1, "apiVersion", "apiVersion: agentops/v1", "apiVersion: agentops/v2")]
    [InlineData(1, "apiVersion", "apiVersion: agentops/v1\n", "")]
    [InlineData(2, "name", "name: small", "name: 'two words'")]
    [InlineData(2, "name", "name: small", "name: [small]")]
    [InlineData(3, "environment", "environment: maze", "environment: ../maze")]
    [InlineData(3, "environmnt", "environment: maze", "environmnt: maze")]
    [InlineData(3, "name", "environment: maze", "name: again")]
    [InlineData(3, "seed", "environment: maze", "seed: -1\nenvironment: maze")]
    [InlineData(3, "seed", "environment: maze", "seed: 9007199254740992\nenvironment: maze")]
    [InlineData(4, "base", "base: {scratch: {}}", "base: {}")]
    [InlineData(4, "base", "base: {scratch: {}}", "base: {scratch: {}, model: a@b}")]
    [InlineData(4, "model", "base: {scratch: {}}", "base: {model: household-agent}")]
    [InlineData(4, "base", "base: {scratch: {}}", "base: {scratch: {}, huggingface: /models/small}")]
    [InlineData(4, "huggingface", "base: {scratch: {}}", "base: {huggingface: folder}")]
    [InlineData(4, "adapter", "base: {scratch: {}}", "base: {huggingface: /models/small, adapter: lora}")]
    [InlineData(5, "adapter", "base: {scratch: {}}", "base: {scratch: {},\n  adapter: /models/lora}")]
    [InlineData(4, "huggingface", "base: {scratch: {}}", "base: {huggingface: models/small}")]
    [InlineData(4, "huggingface", "base: {scratch: {}}", "base: {huggingface: /}")]
    [InlineData(4, "huggingface", "base: {scratch: {}}", "base: {huggingface: /models/../etc}")]
    [InlineData(4, "huggingface", "base: {scratch: {}}", "base: {huggingface: /models/.}")]
    [InlineData(4, "huggingface", "base: {scratch: {}}", "base: {huggingface: //host/share}")]
    [InlineData(4, "huggingface", "base: {scratch: {}}", "base: {huggingface: /models/small/}")]
    [InlineData(4, "huggingface", "base: {scratch: {}}", "base: {huggingface: \"/models/a\\tb\"}")]
    [InlineData(4, "family", "base: {scratch: {}}", "base: {scratch: {family: gpt2}}")]
    [InlineData(4, "layers", "base: {scratch: {}}", "base: {scratch: {layers: 0}}")]
    [InlineData(4, "heads", "base: {scratch: {}}", "base: {scratch: {width: 100, heads: 3}}")]
    [InlineData(4, "width", "base: {scratch: {}}", "base: {scratch: {width: 100}}")]
    [InlineData(4, "vocab", "base: {scratch: {}}", "base: {scratch: {vocab: 259}}")]
    [InlineData(5, "steps", "base: {scratch: {}}", "base: {scratch: {}}\nsteps: []\n#")]
    public void A_head_that_cannot_be_used_is_named_by_line_and_key(int line, string key, string right, string wrong)
    {
        var refused = Refused((Sample.Head + Expert).Replace(right, wrong).Replace("#\nsteps:\n" + Expert, ""));

        Assert.Equal((line, key), (refused.Line, refused.Key));
    }

    [Theory]
    [InlineData(800, true)]
    [InlineData(801, false)]
    public void A_folders_name_is_no_longer_than_the_lineage_can_look_up(int characters, bool isTaken)
    {
        var file = (Sample.Head + Expert).Replace("base: {scratch: {}}", $"base: {{huggingface: /{new string('\u4e00', characters - 1)}}}");

        var refused = Record.Exception(() => PipelineFile.Read(file));

        Assert.Equal(isTaken, refused is null);
        Assert.True(isTaken || refused is PipelineFileException { Key: "huggingface" });
    }

    [Fact]
    public void What_is_no_persons_name_is_refused_in_the_same_words_wherever_something_is_played()
    {
        string[] playing = ["generate: {policy: expert, split: train, episodes: 8", "evaluate: {split: test, episodes: 8, policies: [base]", "train: {method: grpo, iterations: 1"];

        Assert.Single(playing.Select(step => Refused(Sample.File($"  - {step}, subject: ../ada}}\n")).Message).Distinct());
    }

    [Fact]
    public void An_unknown_key_is_answered_with_the_known_ones() => Assert.Equal(
        "Line 6, 'episods': this is not a key of generate; the keys are policy, split, episodes, samples, tasks, temperature, subject, environment.",
        Refused(Sample.File("  - generate: {policy: expert, split: train, episods: 8}\n")).Message);

    [Theory]
    [InlineData(1, "")]
    [InlineData(1, "# nothing but a comment")]
    [InlineData(1, "just words")]
    [InlineData(1, "[a, list]")]
    [InlineData(2, "a: 1\n: : :\n - ]")]
    [InlineData(1, "{\"apiVersion\": \"agentops/v1\"")]
    [InlineData(2, "apiVersion: agentops/v1\nname: &anchor small")]
    [InlineData(2, "name: x\nbase: *anchor")]
    [InlineData(1, "name: !!python/object:os.system x")]
    [InlineData(2, "name: x\n? [complex]\n: key")]
    [InlineData(3, "name: x\nseed: 1\n---\nname: y")]
    public void What_is_not_one_plain_document_is_refused_with_its_line(int line, string text) => Assert.Equal(line, Refused(text).Line);

    [Fact]
    public void Laughing_at_a_small_file_with_aliases_does_not_make_it_large()
    {
        var refused = Refused("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n");

        Assert.Equal(1, refused.Line);
        Assert.Contains("anchor", refused.Message);
    }

    [Fact]
    public void Depth_is_bounded()
    {
        Assert.Contains("deeper than 16", Refused("a: " + new string('[', 100_000) + "\n").Message);
        Assert.Contains("deeper than 16", Refused(string.Concat(Enumerable.Repeat("{\"a\":", 10_000))).Message);
    }

    [Fact]
    public void Size_is_bounded()
    {
        Assert.Contains("larger than 256 KB", Refused("# " + new string('x', FileTree.MaxBytes)).Message);
        Assert.Contains("48 KB", Refused(Sample.File(string.Concat(Enumerable.Range(0, 1800).Select(_ => Expert)).Replace("\n", $"  # {new string('x', 80)}\n"))).Message);
    }

    [Fact]
    public void Unrolled_steps_are_bounded()
    {
        Sample.Read("  - repeat: {times: 100, steps: [{generate: {policy: expert, split: train, episodes: 8}}, {judge: {with: [rules]}}]}\n");

        var refused = Refused(Sample.File("  - repeat: {times: 100, steps: [{generate: {policy: expert, split: train, episodes: 8}}, {judge: {with: [rules]}}]}\n  - train: {method: sft}\n"));
        Assert.Equal((7, "train"), (refused.Line, refused.Key));
    }

    private static PipelineFileException Refused(string text) => Assert.Throws<PipelineFileException>(() => PipelineFile.Read(text));
}
