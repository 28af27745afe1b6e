using AgentOps.Contracts;

namespace AgentOps.Pipeline.Tests;

public sealed class when_steps_play_in_other_environments
{
    [Fact]
    public void A_step_may_play_in_another_environment_and_the_base_has_seen_its_words()
    {
        var works = Sample.WorksOf(Sample.Read("""
              - generate: {policy: expert, split: train, episodes: 8}
              - repeat:
                  times: 1
                  steps:
                    - generate: {policy: expert, split: train, tasks: fresh, episodes: 4, environment: instructions}
                      as: general
              - generate: {policy: expert, split: train, tasks: fresh, episodes: 4}
                as: more
              - train: {method: sft, data: [expert, general], shares: {maze: 0.25, instructions: 0.75}}
                as: sft
              - train: {method: grpo, from: sft, iterations: 1, environment: instructions}
              - evaluate: {split: test, episodes: 4, policies: [sft], environment: household}
            """)).Select(work => work.Work).ToArray();

        Assert.Equal(["maze", "instructions", "household"], works.OfType<ScratchWork>().Single().Environments);
        // Fresh means fresh of its own environment: the eight of the maze leave the instructions' first task free.
        Assert.Equal([("maze", 0L), ("instructions", 0L), ("maze", 8L)], works.OfType<GenerateWork>().Select(work => (work.Environment, work.FirstTask)));
        Assert.Equal(("instructions", 4L), works.OfType<OnlineTrainWork>().Select(work => (work.Environment, work.FirstTask)).Single());
        Assert.Equal("household", works.OfType<EvaluateWork>().Single().Environment);
        Assert.Equal(new() { ["maze"] = 0.25, ["instructions"] = 0.75 }, new Dictionary<string, double>(works.OfType<TrainWork>().Single().Options.Shares!));
    }

    [Fact]
    public void Tasks_of_an_earlier_step_are_those_of_a_step_in_the_same_environment() => Assert.Contains(
        "on the split train of instructions.",
        Assert.Throws<PipelineFileException>(() => Sample.Read("""
              - generate: {policy: expert, split: train, episodes: 8}
                as: shown
              - generate: {policy: expert, split: train, episodes: 8, tasks: shown, environment: instructions}
            """)).Message);
}
