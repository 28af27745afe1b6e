using AgentOps.Contracts;
using AgentOps.Environments;
using AgentOps.Judge;

namespace AgentOps.Judge.Tests;

public sealed class Verdicts
{
    private static readonly JudgementId Judgement = JudgementId.From(NameBasedGuid.Of("judgement"));

    [Fact]
    public void The_experts_clean_success_is_accepted_by_both_judges()
    {
        var judged = Judges.Judge(Judgement, Expert(), ["environment", "rules"]);

        Assert.Equal(Verdict.Accepted, judged.Verdict);
        Assert.Equal(["environment/1", "rules/1"], judged.Opinions.Select(o => o.Judge));
    }

    [Fact]
    public void A_reward_that_the_environment_does_not_give_makes_the_trajectory_unusable()
    {
        var forged = Expert() with { Turns = [.. Expert().Turns.SkipLast(1)] };

        var judged = Judges.Judge(Judgement, forged, ["environment"]);

        Assert.Equal(Verdict.Unusable, judged.Verdict);
        Assert.Contains("reward 0 where 1 was recorded", judged.Opinions[0].Reasons[0], StringComparison.Ordinal);
    }

    [Fact]
    public void An_observation_that_the_environment_does_not_say_makes_the_trajectory_unusable()
    {
        var turns = Expert().Turns.ToArray();
        turns[1] = turns[1] with { Observation = "You have already won." };

        var judged = Judges.Judge(Judgement, Expert() with { Turns = turns }, ["environment"]);

        Assert.Equal(Verdict.Unusable, judged.Verdict);
        Assert.Contains("turn 2", judged.Opinions[0].Reasons[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_failed_episode_is_unusable_and_not_rejected()
    {
        var broken = Expert() with { Outcome = EpisodeOutcome.Failed, Reward = null, Reason = "Serving was away.", Turns = [] };

        Assert.Equal(Verdict.Unusable, Judges.Judge(Judgement, broken, ["environment", "rules"]).Verdict);
    }

    [Fact]
    public void An_episode_that_its_policy_could_not_go_on_with_is_rejected_with_that_reason()
    {
        var full = Expert() with { Outcome = EpisodeOutcome.Truncated, Reward = 0, Reason = "Turn 2 was not played: the context is full.", Turns = [.. Expert().Turns.Take(1)] };

        var opinion = Judges.Judge(Judgement, full, ["environment"]).Opinions[0];

        Assert.Equal((Verdict.Rejected, full.Reason), (opinion.Verdict, opinion.Reasons[0]));
    }

    [Fact]
    public void Invalid_actions_and_three_turns_alike_in_a_row_break_the_rules()
    {
        var turn = Expert().Turns[0];
        var stuck = Expert() with { Turns = [turn, turn, turn with { Invalid = true }] };

        var opinion = Judges.Judge(Judgement, stuck, ["rules"]).Opinions[0];

        Assert.Equal(Verdict.Rejected, opinion.Verdict);
        Assert.Equal(2, opinion.Reasons.Count);
        Assert.Contains("1 of 3 actions were invalid", opinion.Reasons[0], StringComparison.Ordinal);
        Assert.Contains("3 times in a row on the same observation, at turn 3", opinion.Reasons[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Walking_on_in_one_direction_is_not_being_stuck()
    {
        var turn = Expert().Turns[0];
        var walking = Expert() with { Turns = [turn, turn with { Observation = "further" }, turn with { Observation = "further still" }] };

        Assert.Equal(Verdict.Accepted, Judges.Judge(Judgement, walking, ["rules"]).Verdict);
    }

    [Fact]
    public void A_teams_episode_is_played_again_and_a_turn_that_was_recorded_as_anothers_makes_it_unusable()
    {
        var team = Expert("crew/test/0");
        Assert.Equal(Verdict.Accepted, Judges.Judge(Judgement, team, ["environment", "rules"]).Verdict);

        var swapped = team with { Turns = [team.Turns[0] with { Role = "worker" }, .. team.Turns.Skip(1)] };
        var judged = Judges.Judge(Judgement, swapped, ["environment"]);

        Assert.Equal(Verdict.Unusable, judged.Verdict);
        Assert.Equal("Played again, turn 1 is the planner's, and it was recorded as the worker's.", judged.Opinions[0].Reasons[0]);
        Assert.Equal(Verdict.Unusable, Judges.Judge(Judgement, team with { Turns = [.. team.Turns.Select(turn => turn with { Role = null })] }, ["environment"]).Verdict);
    }

    [Fact]
    public void A_role_is_stuck_among_its_own_turns_whatever_the_others_do_between_them()
    {
        RecordedTurn Turn(string role, string action) => new("The worker holds nothing.", action, false, role);
        Opinion Of(params RecordedTurn[] turns) => Judges.Judge(Judgement, Expert() with { Turns = turns }, ["rules"]).Opinions[0];

        // The planner orders the same three times, and the worker's answers differ.
        var stuck = Of(Turn("planner", "find mug"), Turn("worker", "report"), Turn("planner", "find mug"), Turn("worker", "look"), Turn("planner", "find mug"));
        Assert.Contains("'find mug' was taken 3 times in a row on the same observation, at turn 5", Assert.Single(stuck.Reasons), StringComparison.Ordinal);
        // Three alike in a row of the episode, and of nobody's own turns.
        Assert.Equal(Verdict.Accepted, Of(Turn("planner", "go"), Turn("worker", "go"), Turn("planner", "go")).Verdict);
    }

    [Fact]
    public void An_unknown_judge_is_named_with_those_there_are()
    {
        var refused = Assert.Throws<ArgumentException>(() => Judges.Judge(Judgement, Expert(), ["oracle"]));

        Assert.Equal("There is no judge 'oracle'; there are environment, rules.", refused.Message);
    }

    /// <summary>The expert's play, of a maze where nothing else is said, recorded as Generator records it.</summary>
    private static TrajectoryRecorded Expert(string played = "maze/test/0")
    {
        var task = TaskId.Parse(played);
        var world = Catalogue.Find(task.Environment).Create();
        var seen = world.Reset(task);
        var turns = new List<RecordedTurn>();
        for (var done = false; !done;)
        {
            var action = world.ExpertAction();
            var outcome = world.Step(action);
            turns.Add(new(seen.Text, action, outcome.Invalid, seen.Role));
            (seen, done) = (outcome.Observation, outcome.Done);
        }
        return new(TrajectoryId.From(NameBasedGuid.Of("t")), GenerationId.From(NameBasedGuid.Of("g")), RunId.From(NameBasedGuid.Of("r")), task.ToString(), world.TaskType, 0,
            "maze/1", new(PolicyKind.Expert), 1, 1, EpisodeOutcome.Scored, null, 1, turns, null);
    }
}
