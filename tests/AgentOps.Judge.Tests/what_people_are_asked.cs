using AgentOps.Contracts;
using AgentOps.Judge;

namespace AgentOps.Judge.Tests;

public sealed class what_people_are_asked
{
    private static readonly Showable[] All = [.. from task in Enumerable.Range(0, 5) from sample in Enumerable.Range(0, 4) select Of("run", task, sample)];

    [Fact]
    public void A_few_trajectories_are_spread_over_the_tasks()
    {
        var five = Chosen.Trajectories(All, 5);
        var seven = Chosen.Trajectories(All, 7);

        Assert.Equal(5, All.Where(one => five.Contains(one.Trajectory)).Select(one => one.Task).Distinct().Count());
        Assert.Equal([1, 1, 1, 2, 2], All.Where(one => seven.Contains(one.Trajectory)).GroupBy(one => one.Task).Select(task => task.Count()).Order());
        Assert.Equal(20, Chosen.Trajectories(All, null).Count);
    }

    [Fact]
    public void Neither_the_order_of_arrival_nor_the_run_changes_the_choice()
    {
        Showable[] again = [.. All.Reverse().Select(one => Of("another run", int.Parse(one.Task[^1..]), one.Sample))];

        Assert.Equal(Tasks(All, Chosen.Trajectories(All, 7)), Tasks(again, Chosen.Trajectories(again, 7)));
        Assert.Equal(Chosen.Pairs(All, Did, 9).Select(Named), Chosen.Pairs(again, Did, 9).Select(Named));
    }

    [Fact]
    public void Of_each_task_one_pair_is_compared_unless_more_are_asked_for()
    {
        Assert.Equal([1, 1, 1, 1, 1], PairsByTask(null));
        Assert.Equal([1, 1, 1], PairsByTask(3));
        Assert.Equal([1, 1, 1, 2, 2], PairsByTask(7));
        // Four samples of a task are three neighbours, and there are five tasks.
        Assert.Equal([3, 3, 3, 3, 3], PairsByTask(100));
    }

    [Fact]
    public void What_was_done_alike_is_compared_with_nothing()
    {
        Assert.Empty(Chosen.Pairs(All, _ => "the same", 10));
        Assert.All(Chosen.Pairs(All, one => one.Sample < 2 ? "early" : "late", 10), pair => Assert.NotEqual(pair.First.Sample < 2, pair.Second.Sample < 2));
    }

    [Fact]
    public void Neither_source_has_the_better_place()
    {
        Showable[] two = [.. from task in Enumerable.Range(0, 400) from source in Enumerable.Range(0, 2) select Of("run", task, 0, source)];

        var first = Chosen.Pairs(two, one => one.Source.ToString(), null).Count(pair => pair.First.Source == 0);

        // Of 400 fair coins 200 ± 50 are heads but for five standard deviations.
        Assert.InRange(first, 150, 250);
    }

    private static IEnumerable<int> PairsByTask(int? most) => Chosen.Pairs(All, Did, most).GroupBy(pair => pair.First.Task).Select(task => task.Count()).Order();

    private static string Did(Showable one) => one.Sample.ToString();

    private static string Named((Showable First, Showable Second) pair) => $"{pair.First.Task} {pair.First.Sample} {pair.Second.Sample}";

    private static IEnumerable<string> Tasks(Showable[] all, IReadOnlySet<TrajectoryId> chosen) => all.Where(one => chosen.Contains(one.Trajectory)).Select(one => $"{one.Task} {one.Sample}").Order();

    private static Showable Of(string run, int task, int sample, int source = 0) => new(TrajectoryId.From(NameBasedGuid.Of(run, $"{source}", $"{task}", $"{sample}")), source, $"maze/train/{task}", sample);
}
