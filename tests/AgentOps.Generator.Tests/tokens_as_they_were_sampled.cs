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

    [Fact]
    public void Of_a_team_each_role_has_the_ids_of_its_own_turns_and_what_others_said_between_them_is_in_none()
    {
        // The planner's turns extend each other, and the worker's do, whatever stands between them in the episode.
        Turn Sampled(string role, int[] prompt, int[] ids) => new("seen", "done", false, 0, new Sampled(prompt, ids, [.. ids.Select(_ => -0.5f)], new(1, 1, null, 8, 3)), role);
        var team = Empty with { Turns = [Sampled("planner", [1], [2]), Sampled("worker", [50], [51]), Sampled("worker", [50, 51, 52], [53]), Sampled("planner", [1, 2, 3], [4])] };

        var tokens = Tokens.Of(team, ["worker", "planner"]).ToArray();

        Assert.Equal(["planner", "worker"], tokens.Select(own => own.Role));
        Assert.Equal([1, 2, 3, 4], tokens[0].Tokens.Ids);
        Assert.Equal([[1, 1], [3, 1]], tokens[0].Tokens.Trained);
        Assert.Equal([50, 51, 52, 53], tokens[1].Tokens.Ids);
        Assert.Null(Assert.Single(Tokens.Of(Played(([1, 2, 3], [4, 5])), [])).Role);
    }

    [Fact]
    public void A_role_that_a_scripted_policy_played_or_that_never_had_its_turn_has_no_tokens()
    {
        var team = Empty with { Turns = [new("Task.", "find mug", false, 0, new Sampled([1], [2], [-0.5f], new(1, 1, null, 8, 3)), "planner"), new("Order.", "report", false, 0, null, "worker")] };

        Assert.Equal(["planner"], Tokens.Of(team, ["planner", "worker"]).Select(own => own.Role));
        Assert.Equal(["planner"], Tokens.Of(team with { Turns = [team.Turns[0]] }, ["planner", "worker"]).Select(own => own.Role));
    }

    private static readonly Transcript Empty = new(TaskId.Parse("maze/train/0"), "1", "near", 1, [], new("", []), Agents.EpisodeOutcome.Scored, 1);

    private static Transcript Played(params (int[] Prompt, int[] Sampled)[] turns) => Empty with
    {
        Turns = [.. turns.Select(turn => new Turn("seen", "done", false, 0, new Sampled(turn.Prompt, turn.Sampled, [.. turn.Sampled.Select(_ => -0.5f)], new(1, 1, null, 8, 3))))],
    };
}
