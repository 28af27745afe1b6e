using AgentOps.Environments;

namespace AgentOps.Agents.Tests;

public class Teams
{
    private static readonly TaskId Task = new("crew", Split.Train, 1);

    [Fact]
    public async Task Each_turn_is_played_by_the_policy_of_the_role_that_is_asked_and_says_whose_it_is()
    {
        var asked = new List<(string Member, string? Role)>();
        IPolicy Member(string name) => new Noting(name, asked);

        var episode = await Episode.PlayAsync(Crew.Info, Task, new TeamPolicy(new Dictionary<string, IPolicy> { [Crew.Planner] = Member("a"), [Crew.Worker] = Member("b") }), 0);

        Assert.True(episode.Succeeded);
        Assert.Equal(episode.Turns.Select(turn => turn.Role), asked.Select(one => one.Role));
        Assert.Equal(["a", "b"], asked.Select(one => one.Member).Distinct());
        Assert.All(asked, one => Assert.Equal(one.Member, one.Role == Crew.Planner ? "a" : "b"));
    }

    [Fact]
    public async Task Whoever_acts_has_its_own_turns_and_an_agent_alone_has_all()
    {
        var seen = new List<Transcript>();
        await Episode.PlayAsync(Crew.Info, Task, new Seeing(seen), 0);
        Assert.All(seen, so => Assert.All(so.OwnTurns, turn => Assert.Equal(so.Now.Role, turn.Role)));
        // The planner's second turn comes after its first alone, the worker's after all of its own.
        var report = seen.FindIndex(so => so.Now.Text == "The worker holds ladle 1.");
        Assert.Equal(["find ladle"], seen[report].OwnTurns.Select(turn => turn.Action));
        Assert.Equal(report - 1, seen[report - 1].Turns.Count);
        Assert.Equal(report - 2, seen[report - 1].OwnTurns.Count());

        seen.Clear();
        await Episode.PlayAsync(Catalogue.Find("maze"), new("maze", Split.Train, 0), new Seeing(seen), 0);
        Assert.All(seen, so => Assert.Equal(so.Turns, so.OwnTurns));
    }

    [Fact]
    public async Task A_role_that_nobody_plays_fails_the_episode()
    {
        var episode = await Episode.PlayAsync(Crew.Info, Task, new TeamPolicy(new Dictionary<string, IPolicy> { [Crew.Planner] = new ExpertPolicy() }), 0);

        Assert.Equal(EpisodeOutcome.Failed, episode.Outcome);
        Assert.Contains("has members for planner, and crew/train/1 asks worker", episode.Failure);
    }

    /// <summary>The expert, which writes down that it was asked.</summary>
    private sealed class Noting(string name, List<(string, string?)> asked) : IPolicy
    {
        public ValueTask<Reply> ActAsync(Transcript soFar, CancellationToken ct)
        {
            asked.Add((name, soFar.Now.Role));
            return new ExpertPolicy().ActAsync(soFar, ct);
        }
    }

    private sealed class Seeing(List<Transcript> seen) : IPolicy
    {
        public ValueTask<Reply> ActAsync(Transcript soFar, CancellationToken ct)
        {
            seen.Add(soFar);
            return new ExpertPolicy().ActAsync(soFar, ct);
        }
    }
}
