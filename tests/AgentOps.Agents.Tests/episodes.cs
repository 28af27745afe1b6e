using AgentOps.Environments;

namespace AgentOps.Agents.Tests;

public class Episodes
{
    private static readonly TaskId Task = new("counter", Split.Train, 0);

    [Fact]
    public async Task An_episode_that_the_environment_ends_is_scored_with_the_sum_of_its_rewards()
    {
        var episode = await Played("up", "stay", "up", "up", "up");
        Assert.Equal((EpisodeOutcome.Scored, 1.0, 5, true), (episode.Outcome, episode.Reward, episode.Turns.Count, episode.Succeeded));
        Assert.Equal(["At 0.", "At 1.", "At 1.", "At 2.", "At 3."], episode.Turns.Select(turn => turn.Observation));
        Assert.Equal("At 4.", episode.Now.Text);
        Assert.Equal(("counter/train/0", "1", "count", 7L), (episode.Task.ToString(), episode.EnvironmentVersion, episode.TaskType, episode.Seed));
    }

    [Fact]
    public async Task An_episode_that_the_turn_limit_ends_is_truncated_and_keeps_what_it_earned()
    {
        var episode = await Played("up", "stay", "stay", "up", "stay", "stay", "up", "up");
        Assert.Equal((EpisodeOutcome.Truncated, 0.5, 6, false), (episode.Outcome, episode.Reward, episode.Turns.Count, episode.Succeeded));
    }

    [Theory]
    [InlineData(2, 2)]
    [InlineData(5, 5)]
    [InlineData(100, 6)]
    public async Task A_lower_turn_limit_cuts_an_episode_off_as_the_environments_own_does(int limit, int turns)
    {
        var episode = await Episode.PlayAsync(Counter.Info, Task, new Scripted(so => new(so.Turns.Count == 1 ? "up" : "stay")), 0, limit);
        Assert.Equal((EpisodeOutcome.Truncated, turns), (episode.Outcome, episode.Turns.Count));
        Assert.Equal(0.25, episode.Reward);
    }

    [Fact]
    public async Task An_episode_that_ends_on_its_last_turn_is_scored() =>
        Assert.Equal(EpisodeOutcome.Scored, (await Played("stay", "stay", "up", "up", "up", "up")).Outcome);

    [Fact]
    public async Task A_policy_that_throws_fails_the_episode_and_gives_no_reward()
    {
        var episode = await Episode.PlayAsync(Counter.Info, Task, new Scripted(so => so.Turns.Count == 2 ? throw new TimeoutException("no answer") : new("up")), 0);
        Assert.Equal((EpisodeOutcome.Failed, null, 2), (episode.Outcome, episode.Reward, episode.Turns.Count));
        Assert.Equal("Turn 3 of counter/train/0 failed with TimeoutException: no answer", episode.Failure);
    }

    [Fact]
    public async Task A_policy_that_can_take_no_further_turn_is_cut_off_and_keeps_what_it_earned()
    {
        var episode = await Episode.PlayAsync(Counter.Info, Task, new Scripted(so => so.Turns.Count == 2 ? throw new PolicyExhaustedException("the context is full") : new("up")), 0);
        Assert.Equal((EpisodeOutcome.Truncated, 0.5, 2), (episode.Outcome, episode.Reward, episode.Turns.Count));
        Assert.Equal("Turn 3 of counter/train/0 was not played: the context is full", episode.Failure);
    }

    [Theory]
    [InlineData("burst", "the world is gone")]
    [InlineData("bribe", "lies in [0, 1]")]
    public async Task An_environment_that_breaks_fails_the_episode_and_gives_no_reward(string action, string reason)
    {
        var episode = await Played("up", action);
        Assert.Equal((EpisodeOutcome.Failed, null, 1), (episode.Outcome, episode.Reward, episode.Turns.Count));
        Assert.Contains(reason, episode.Failure);
    }

    [Fact]
    public async Task An_environment_that_cannot_start_fails_the_episode()
    {
        var episode = await Episode.PlayAsync(Counter.Info, new("counter", Split.Train, 13), new Scripted(_ => new("up")), 0);
        Assert.Equal((EpisodeOutcome.Failed, null, 0), (episode.Outcome, episode.Reward, episode.Turns.Count));
        Assert.Contains("the world is missing", episode.Failure);
    }

    [Fact]
    public async Task An_answer_without_an_action_or_with_uneven_log_probabilities_fails_the_episode()
    {
        Assert.Contains("without an action", (await Episode.PlayAsync(Counter.Info, Task, new Scripted(_ => new(null!)), 0)).Failure);
        Assert.Contains("without an action", (await Episode.PlayAsync(Counter.Info, Task, new Scripted(_ => null!), 0)).Failure);
        var uneven = new Sampled([1], [5, 6, 3], [-0.1f, -0.2f], new(1, 1, null, 16, 0));
        Assert.Contains("3 sampled tokens but 2", (await Episode.PlayAsync(Counter.Info, Task, new Scripted(_ => new("up", uneven)), 0)).Failure);
    }

    [Fact]
    public async Task A_cancelled_episode_leaves_no_transcript_whatever_the_policy_throws()
    {
        using var source = new CancellationTokenSource();
        var policy = new Scripted(so =>
        {
            if (so.Turns.Count == 1)
                source.Cancel();
            return source.IsCancellationRequested ? throw new IOException("the connection was closed") : new("up");
        });
        await Assert.ThrowsAsync<OperationCanceledException>(() => Episode.PlayAsync(Counter.Info, Task, policy, 0, source.Token));
    }

    [Fact]
    public async Task A_task_of_another_environment_is_the_callers_mistake() =>
        await Assert.ThrowsAsync<ArgumentException>(() => Episode.PlayAsync(Counter.Info, new("maze", Split.Train, 0), new ExpertPolicy(), 0));

    [Fact]
    public async Task A_very_long_action_is_an_invalid_one_and_is_kept_in_part_only()
    {
        // Cut anywhere and trimmed it would be "up".
        var episode = await Played("up" + new string(' ', 100_000), "up");
        Assert.True(episode.Turns[0].Invalid);
        Assert.Equal(ActionText.MaxLength + 1, episode.Turns[0].Action.Length);
        Assert.False(episode.Turns[1].Invalid);
    }

    [Fact]
    public async Task What_a_model_sampled_stays_with_its_turn_untouched()
    {
        var sampled = new List<Sampled>();
        var episode = await Episode.PlayAsync(Counter.Info, Task, new Scripted(so => new("up", Said(so, sampled))), 0);
        Assert.Equal(sampled, episode.Turns.Select(turn => turn.Sampled));
        Assert.Equal([1, 5, 3, 7, 5, 3, 7], episode.Turns[2].Sampled!.PromptIds);
    }

    [Theory]
    [InlineData(1, 5, 4, 7)]
    [InlineData(2, 5, 3, 7)]
    [InlineData(1, 5)]
    public async Task A_prompt_that_does_not_extend_what_was_sampled_fails_the_episode_and_keeps_the_turns_before(params int[] prompt)
    {
        var sampled = new List<Sampled>();
        var episode = await Episode.PlayAsync(Counter.Info, Task, new Scripted(so => new("up", so.Turns.Count == 1 ? Said(so, sampled) with { PromptIds = prompt } : Said(so, sampled))), 0);
        Assert.Equal((EpisodeOutcome.Failed, null, 1), (episode.Outcome, episode.Reward, episode.Turns.Count));
        Assert.Contains("does not extend the tokens before it", episode.Failure);
    }

    /// <summary>Reads all that was said, then a 7 for the next observation, and says 5, 3.</summary>
    private static Sampled Said(Transcript soFar, List<Sampled> all)
    {
        int[] prompt = soFar.Turns is [.., { Sampled: { } last }] ? [.. last.PromptIds, .. last.TokenIds, 7] : [1];
        all.Add(new(prompt, [5, 3], [-0.1f, -0.2f], new(0.7, 0.9, 40, 16, 5)));
        return all[^1];
    }

    [Fact]
    public async Task A_policy_sees_a_transcript_that_later_turns_do_not_change()
    {
        var seen = new List<Transcript>();
        await Episode.PlayAsync(Counter.Info, Task, new Scripted(so => { seen.Add(so); return new("up"); }), 0);
        Assert.Equal([0, 1, 2, 3], seen.Select(so => so.Turns.Count));
        Assert.All(seen, so => Assert.Null(so.Reward));
    }

    [Fact]
    public async Task Invalid_actions_are_counted() => Assert.Equal(2, (await Played("up", "fly", "", "up", "up", "up")).InvalidActions);

    private static Task<Transcript> Played(params string[] actions) =>
        Episode.PlayAsync(Counter.Info, Task, new Scripted(so => new(actions[so.Turns.Count])), seed: 7);
}
