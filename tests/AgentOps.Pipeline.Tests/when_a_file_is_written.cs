using System.Text.Json;
using AgentOps.Contracts;

namespace AgentOps.Pipeline.Tests;

public sealed class when_a_file_is_written
{
    private static readonly WithdrawalId Withdrawal = WithdrawalId.From(new Guid("0197f3a0-1c00-7000-8000-00000000000a"));

    public static TheoryData<string> Bases => ["{scratch: {layers: 2, width: 64, heads: 2, vocab: 512, copyTokens: 1234}}", "{model: small@production}", "{huggingface: /models/small}", "{huggingface: /models/small, adapter: /models/lora}"];

    [Theory]
    [MemberData(nameof(Bases))]
    public void What_is_read_from_it_is_what_was_written(string written) => AssertSame(Sample.WithBase(written));

    [Fact]
    public void Every_kind_of_step_with_all_its_settings_survives() => AssertSame(Sample.Read("""
          - generate: {policy: expert, split: train, episodes: 8, samples: 2, temperature: 0.7, subject: customer-17}
            as: shown
            deadline: 1.5h
            attempts: 1
          - judge: {with: [environment, rules]}
          - train: {method: sft, tokens: 200k, learningRate: 0.0015, batchTokens: 512}
            as: sft
          - repeat:
              times: 2
              steps:
                - generate: {policy: current, split: train, tasks: fresh, episodes: 8}
                - judge: {with: [rules]}
                - train: {method: sft, from: current, epochs: 2}
          - generate: {policy: sft, split: train, tasks: shown, episodes: 8}
            as: explored
          - train: {method: sft, from: sft, data: [shown, explored.successes]}
            as: rft
          - pair: {strategy: contrast, data: [shown, explored]}
          - pair: {strategy: steps, data: [explored], lead: 0.3, visits: 2}
          - pair: {strategy: both, data: [shown, explored]}
          - judge: {with: [environment, people], reviewers: 5, reviews: 40}
            deadline: 30d
          - pair: {strategy: people, data: [shown, explored], reviewers: 3, pairs: 20}
            deadline: 2d
          - pair: {strategy: people, data: [shown]}
          - train: {method: dpo, from: sft, beta: 0.2, sftWeight: 0.5, preferenceWeight: 0}
            as: eto
          - train: {method: sft, from: sft, adapter: {lora: {rank: 8, alpha: 16}}}
          - train: {method: kto, from: sft, data: [shown], adapter: {qlora: {rank: 8, alpha: 16}}}
          - train: {method: sft, from: sft, klWeight: 0.2, l2Weight: 0.01}
          - train: {method: sft, from: sft, observationWeight: 0.3}
          - train: {method: sft, from: sft, packing: true, processes: 2}
          - train: {method: kto, from: sft, data: [shown], packing: false}
          - train: {method: sft, from: sft, data: [shown], failures: marked, invalidWeight: 0.2}
          - train: {method: reptile, from: sft, data: [shown], failures: marked, invalidWeight: 0.2, innerSteps: 4, metaRate: 0.5}
          - train: {method: dpo, from: sft, loss: robust, smoothing: 0.2, adapter: {lora: {rank: 4, alpha: 0.5, targets: [q_proj, v_proj]}}}
          - train: {method: dpo, from: sft, loss: simpo, margin: 0.5}
          - train: {method: dpo, from: sft, loss: dmpo, discount: 0.9}
          - train: {method: kto, from: sft, data: [shown], beta: 0.2, desirableWeight: 1.5, undesirableWeight: 0.5}
          - train: {method: reinforce, from: sft, iterations: 3}
          - train: {method: gigpo, from: sft, split: dev, tasks: same, groups: 4, samples: 6, iterations: 5, subject: customer-17, learningRate: 0.0003, batchTokens: 2048, clip: 0.1, clipHigh: 0.3, kl: 0.01, normalise: sequence, scale: none, stateWeight: 0.5, discount: 0.9}
            as: online
          - train: {method: ppo, from: sft, samples: 1, iterations: 5, clip: 0.1, clipHigh: 0.3, normalise: sequence, epochs: 4, discount: 1, lambda: 0.9, entropy: 0.001, valueWeight: 0.5, valueClip: 0.2}
          - train: {method: reinforce, iterations: 5, reward: {reward: 0.5, success: 1, invalidAction: -0.1, turn: -0.01, truncated: -1}, horizon: [4, 8, 16], stop: {rewardBelow: 0.5, entropyBelow: 0.1}, observationWeight: 0.1}
          - pair: {strategy: contrast, data: [shown, explored]}
            as: compared
          - train: {method: reward, from: sft, data: [compared], epochs: 2}
            as: scorer
          - train: {method: reward, from: scorer, loss: outcome, data: [shown], tokens: 5k}
            as: second
          - train: {method: grpo, from: sft, iterations: 3, reward: {model: 0.5, invalidAction: -0.1}, rewardModel: scorer}
          - generate: {policy: expert, split: train, episodes: 8, environment: instructions}
            as: general
          - train: {method: sft, from: base, data: [shown, general], shares: {maze: 0.2, instructions: 0.8}}
          - train: {method: grpo, from: sft, iterations: 2, environment: instructions}
          - evaluate: {split: test, episodes: 4, policies: [sft], environment: instructions}
          - evaluate: {split: dev, episodes: 4, policies: [sft, rft], environment: instructions, keep: best}
          - evaluate: {split: test, episodes: 4, policies: [random, sft, rft, eto], subject: customer-18}
            as: final
          - promote: {model: small, alias: production, candidates: [rft, eto], when: "final.success > sft.success and final.invalidRate <= sft.invalidRate", test: none, alpha: 0.01}
        """));

    [Fact]
    public void Teams_and_their_roles_survive() => AssertSame(PipelineFile.Read(Sample.File("""
          - generate: {policy: {worker: expert, planner: random}, split: train, episodes: 8}
            as: shown
          - judge: {with: [environment]}
          - train: {method: sft, data: [shown], role: planner}
            as: plans
          - pair: {strategy: both, data: [shown], role: worker, lead: 0.3}
          - train: {method: grpo, from: plans, role: planner, partners: {worker: expert}, iterations: 2, reward: {turn: -0.01}, credit: split}
            as: learned
          - evaluate: {split: test, episodes: 4, policies: [random, {as: apart, planner: learned, worker: expert}, {as: led, worker: plans, planner: expert}]}
            as: final
          - promote: {model: small, alias: production, candidates: [apart], role: planner, when: "final.success > random.success"}
        """).Replace("environment: maze\n", "environment: crew\n", StringComparison.Ordinal)));

    [Fact]
    public void What_is_to_be_left_out_stands_in_it_and_in_the_work_of_every_data_set()
    {
        var specification = Sample.Small with { Without = [Withdrawal] };

        AssertSame(specification);
        Assert.Equal([Withdrawal], Sample.WorksOf(specification).Select(w => w.Work).OfType<DatasetWork>().Single().Without);
        Assert.Null(Sample.WorksOf(Sample.Small).Select(w => w.Work).OfType<DatasetWork>().Single().Without);
    }

    [Fact]
    public void What_is_no_withdrawals_id_is_refused_with_its_line()
    {
        var refused = Assert.Throws<PipelineFileException>(() => PipelineFile.Read(Sample.Head.Replace("steps:", "without:\n  - mine\nsteps:", StringComparison.Ordinal) + "  - judge: {with: [rules]}\n"));

        Assert.Equal((6, "without"), (refused.Line, refused.Key));
    }

    private static void AssertSame(PipelineSpecification specification) => Assert.Equal(
        JsonSerializer.Serialize(specification, EventRegistry.Json),
        JsonSerializer.Serialize(PipelineFile.Read(PipelineFileWriter.Write(specification)), EventRegistry.Json));
}
