using AgentOps.Environments;

namespace AgentOps.Agents.Tests;

public class Policies
{
    [Fact]
    public async Task The_expert_policy_solves_every_environment()
    {
        foreach (var info in Catalogue.All)
            for (var index = 0; index < 20; index++)
                Assert.True((await Episode.PlayAsync(info, new(info.Name, Split.Test, index), new ExpertPolicy(), 0)).Succeeded);
    }

    [Fact]
    public async Task The_expert_policy_continues_what_another_has_begun()
    {
        var random = new RandomPolicy();
        foreach (var info in Catalogue.All)
            for (var index = 0; index < 20; index++)
            {
                var expert = new ExpertPolicy();
                var mixed = new Handover(random, expert, turns: 3);
                var episode = await Episode.PlayAsync(info, new(info.Name, Split.Train, index), mixed, 4);
                Assert.NotEqual(EpisodeOutcome.Failed, episode.Outcome);
                Assert.Equal(0, episode.InvalidActions);
            }
    }

    [Fact]
    public async Task The_random_policy_plays_the_same_episode_for_the_same_seed_and_another_for_another()
    {
        async Task<string> Actions(long seed) =>
            string.Join('|', (await Episode.PlayAsync(Catalogue.Find("maze"), new("maze", Split.Unseen, 1), new RandomPolicy(), seed)).Turns.Select(turn => turn.Action));
        Assert.Equal(await Actions(5), await Actions(5));
        Assert.NotEqual(await Actions(5), await Actions(6));
    }

    /// <summary>4,000 turns over four actions: 1,000 each, standard deviation sqrt(4,000 * 1/4 * 3/4) = 27; five of them are 137.</summary>
    [Fact]
    public async Task The_random_policy_takes_each_admissible_action_equally_often()
    {
        var counts = new Dictionary<string, int>();
        var now = new Observation("", ["move up", "move down", "move left", "move right"]);
        for (var seed = 0; seed < 4000; seed++)
        {
            var reply = await new RandomPolicy().ActAsync(new(new("maze", Split.Train, 0), "1", "near", seed, [], now), default);
            counts[reply.Action] = counts.GetValueOrDefault(reply.Action) + 1;
        }
        Assert.Equal(4, counts.Count);
        Assert.All(counts.Values, count => Assert.InRange(count, 1000 - 137, 1000 + 137));
    }

    /// <summary>One policy for the first turns, another for the rest.</summary>
    private sealed class Handover(IPolicy first, IPolicy then, int turns) : IPolicy
    {
        public ValueTask<Reply> ActAsync(Transcript soFar, CancellationToken ct) => (soFar.Turns.Count < turns ? first : then).ActAsync(soFar, ct);
    }
}
