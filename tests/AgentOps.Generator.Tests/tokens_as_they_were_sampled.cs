using AgentOps.Agents;
using AgentOps.Contracts;
using AgentOps.Environments;
using AgentOps.Generator;

namespace AgentOps.Generator.Tests;

public sealed class TokensAsTheyWereSampled
{
    private static readonly TrajectoryId Id = TrajectoryId.From(NameBasedGuid.Of("t"));

    [Fact]
    public void The_ids_of_an_episode_are_its_prompts_and_samples_in_order_and_the_samples_are_marked()
    {
        // Turn 1: prompt 1 2 3, sampled 4 5. Turn 2: prompt extends that by 6 7, sampled 8.
        var tokens = Tokens.Of(Played(([1, 2, 3], [4, 5]), ([1, 2, 3, 4, 5, 6, 7], [8])))!;

        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], tokens.Ids);
        Assert.Equal([[3, 2], [7, 1]], tokens.Trained);
        Assert.Equal([-0.5f, -0.5f, -0.5f], tokens.LogProbs);
    }

    [Fact]
    public void A_prompt_that_does_not_extend_what_was_sampled_is_an_error_and_not_a_training_sample() =>
        Assert.Throws<InvalidOperationException>(() => Tokens.Of(Played(([1, 2], [3]), ([1, 9, 3, 4], [5]))));

    [Fact]
    public void Text_that_no_model_sampled_has_no_tokens() => Assert.Null(Tokens.Of(Empty with { Turns = [new("You see a wall.", "go up", false, 0)] }));

    private static readonly Transcript Empty = new(TaskId.Parse("maze/train/0"), "1", "near", 1, [], new("", []), Agents.EpisodeOutcome.Scored, 1);

    private static Transcript Played(params (int[] Prompt, int[] Sampled)[] turns) => Empty with
    {
        Turns = [.. turns.Select(turn => new Turn("seen", "done", false, 0, new Sampled(turn.Prompt, turn.Sampled, [.. turn.Sampled.Select(_ => -0.5f)], new(1, 1, null, 8, 3))))],
    };
}
