using AgentOps.Contracts;
using AgentOps.Environments;

namespace AgentOps.PreferenceBuilder.Tests;

public sealed class pairs_of_people
{
    private const int Context = 40;
    private static readonly JudgementId Comparison = JudgementId.From(NameBasedGuid.Of("comparison"));
    private readonly List<Candidate> _candidates = [];
    private readonly List<(PairCompared, bool)> _compared = [];

    [Fact]
    public void What_most_of_them_found_better_is_chosen_whatever_its_reward()
    {
        Compare(1, Preference.Second, Of(1, 0, [1, 2], reward: 1), Of(1, 1, [3, 4], reward: 0, accepted: false));
        Compare(0, Preference.First, Of(0, 0, [5, 6], reward: 0, accepted: false), Of(0, 1, [7, 8], reward: 1));

        var (pairs, balance) = PeoplePairs.Build(_candidates, _compared, Context);

        // By task, whoever was asked first.
        Assert.Equal([([5, 6], [7, 8]), ([3, 4], [1, 2])], pairs.Select(pair => (pair.Sample.Chosen.Ids, pair.Sample.Rejected.Ids)));
        Assert.Equal([_candidates[2].Trajectory, _candidates[3].Trajectory], pairs[0].Members);
        Assert.Equal(new BalanceSheet(In: 2, Used: 2), balance);
    }

    [Fact]
    public void What_is_said_of_a_teams_episodes_is_said_of_each_roles_part_where_it_did_something_else()
    {
        Compare(0, Preference.Second, Of(0, 0, [1, 2]) with { Role = "planner" }, Of(0, 1, [3, 4]) with { Role = "planner" });
        var (first, second) = (_candidates[0].Trajectory, _candidates[1].Trajectory);
        _candidates.AddRange([Of(0, 0, [5, 6]) with { Role = "worker", Trajectory = first }, Of(0, 1, [7, 8]) with { Role = "worker", Trajectory = second }]);
        // The third role said the same in both: the others made the difference.
        _candidates.AddRange([Of(0, 0, [9, 9]) with { Role = "writer", Trajectory = first }, Of(0, 1, [9, 9]) with { Role = "writer", Trajectory = second }]);

        var (pairs, balance) = PeoplePairs.Build(_candidates, _compared, Context);

        Assert.Equal([([3, 4], [1, 2]), ([7, 8], [5, 6])], pairs.Select(pair => (pair.Sample.Chosen.Ids, pair.Sample.Rejected.Ids)));
        Assert.Equal(new BalanceSheet(In: 3, Used: 2, Tied: 1), balance);
    }

    [Fact]
    public void Every_comparison_is_accounted_for()
    {
        Compare(0, Preference.First, Of(0, 0, [1, 2]), Of(0, 1, [3, 4]));
        Compare(1, Preference.First, Of(1, 0, [1, 2]), Of(1, 1, [3, 4]));
        Compare(2, Preference.Neither, Of(2, 0, [5, 6]), Of(2, 1, [7, 8]));
        Compare(3, null, Of(3, 0, [5, 6]), Of(3, 1, [7, 8]));
        Compare(4, Preference.Second, Of(4, 0, [5, 6]), Of(4, 1, new int[Context + 1]));
        Compare(5, Preference.Second, Of(5, 0, [9, 6]), Of(5, 1, [9, 8]), withdrawn: true);
        Compare(6, Preference.Second, Of(6, 0, [9, 6]), Of(6, 1, []) with { Usable = false, Withdrawn = true });
        Compare(7, Preference.Second, Of(7, 0, [9, 6]), Of(7, 1, []) with { Usable = false });

        var (pairs, balance) = PeoplePairs.Build(_candidates, _compared, Context, without: true);

        Assert.Single(pairs);
        Assert.Equal(new BalanceSheet(In: 8, Used: 1, Tied: 1, Duplicate: 1, TooLong: 1, Failed: 2, Withdrawn: 2), balance);
    }

    [Fact]
    public void The_worse_one_is_cut_to_five_turns_more_than_the_better_one_has()
    {
        // One turn against eight of a token each: six of them stay.
        var worse = Of(0, 1, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
        Compare(0, Preference.First, Of(0, 0, [0, 1]), worse with { Tokens = worse.Tokens with { Trained = [.. Enumerable.Range(1, 8).Select(i => (int[])[i, 1])] } });

        var pair = Assert.Single(PeoplePairs.Build(_candidates, _compared, Context).Pairs).Sample;

        Assert.Equal((6, 7), (pair.Rejected.Trained.Length, pair.Rejected.Ids.Length));
    }

    [Fact]
    public void A_reviewer_is_withdrawn_from_what_he_helped_to_decide_and_from_nothing_else()
    {
        var trajectory = TrajectoryId.From(NameBasedGuid.Of("t"));
        TrajectoryJudged judged = new(Comparison, trajectory, Verdict.Accepted, [], Reviews: [new("ada", Verdict.Rejected), new("grace", Verdict.Accepted), new("linus", Verdict.Accepted)]);
        PairCompared compared = new(Comparison, "maze/train/0", trajectory, trajectory, Preference.First, [new("ada", Preference.First)]);

        // Also where the others outvoted him.
        Assert.True(Of("ada").Covers(judged));
        Assert.True(Of("ada").Covers(compared));
        Assert.False(Of("margaret").Covers(judged));
        Assert.False(Of("grace").Covers(compared));
        Assert.False(Of("ada").Covers(judged with { Reviews = null }));
        Assert.False(Of("ada", ReferenceKind.Subject).Covers(judged));
    }

    private void Compare(int task, Preference? preferred, Candidate first, Candidate second, bool withdrawn = false)
    {
        _candidates.AddRange([first, second]);
        _compared.Add((new(Comparison, $"maze/train/{task}", first.Trajectory, second.Trajectory, preferred, []), withdrawn));
    }

    private static Candidate Of(int task, int sample, int[] ids, double reward = 1, bool accepted = true)
    {
        var id = new TaskId("maze", Split.Train, task);
        return new(TrajectoryId.From(NameBasedGuid.Of($"{task}", $"{sample}")), 0, false, id, sample, true, accepted, reward == 1, reward, new(id.ToString(), sample, ids, ids.Length > 1 ? [[1, ids.Length - 1]] : []));
    }

    private static Withdrawn Of(string person, ReferenceKind kind = ReferenceKind.Person) => new(WithdrawalId.Of(new(kind, person)), new(kind, person), "did not look", "admin", [], []);
}
