using System.Text;

namespace AgentOps.Environments.Tests;

/// <summary>What every entry of the catalogue has to hold. A new environment is certified by being listed.</summary>
public class Certification
{
    private const int Tasks = 300;

    public static TheoryData<string> Environments => [.. Catalogue.All.Select(info => info.Name)];

    public static TheoryData<string, Split> EnvironmentsAndSplits
    {
        get
        {
            var all = new TheoryData<string, Split>();
            foreach (var info in Catalogue.All)
                foreach (var split in Enum.GetValues<Split>())
                    all.Add(info.Name, split);
            return all;
        }
    }

    [Theory, MemberData(nameof(EnvironmentsAndSplits))]
    public void The_expert_solves_every_task_within_the_turn_limit(string name, Split split)
    {
        var info = Catalogue.Find(name);
        for (var index = 0; index < Tasks; index++)
        {
            var episode = Played.ByExpert(info, new(name, split, index));
            Assert.True(episode is { Done: true, Reward: 1.0, Invalid: 0 }, $"{name}/{split}/{index}: {episode}");
            Assert.InRange(episode.Turns, 1, info.MaxTurns);
        }
    }

    [Theory, MemberData(nameof(EnvironmentsAndSplits))]
    public void Random_actions_solve_no_more_than_the_stated_share(string name, Split split)
    {
        var info = Catalogue.Find(name);
        var solved = Enumerable.Range(0, Tasks).Count(index => Played.AtRandom(info, new(name, split, index), seed: 1).Reward >= 1);
        Assert.True(solved <= info.RandomCeiling * Tasks, $"{solved} of {Tasks}");
    }

    [Theory, MemberData(nameof(EnvironmentsAndSplits))]
    public void The_same_task_and_actions_give_the_same_bytes(string name, Split split)
    {
        var info = Catalogue.Find(name);
        // One environment is new each time, the other has played before: what it played must not show.
        var used = info.Create();
        for (var index = 0; index < 30; index++)
        {
            var task = new TaskId(name, split, index);
            Assert.Equal(Played.AtRandom(info, task, index).Log, Played.AtRandom(info, task, index, used).Log);
        }
    }

    [Theory, MemberData(nameof(Environments))]
    public void No_two_splits_share_a_task_or_its_content(string name)
    {
        var info = Catalogue.Find(name);
        var owner = new Dictionary<string, Split>();
        var firstTexts = new Dictionary<string, Split>();
        foreach (var split in Enum.GetValues<Split>())
            for (var index = 0; index < 2000; index++)
            {
                var task = new TaskId(name, split, index);
                var content = info.Content(task);
                Assert.True(owner.TryAdd(content, split) || owner[content] == split, $"{task} and {owner[content]} share '{content}'");
                Assert.Contains(InTask(info, task), info.TaskTypes);
            }
        Assert.Equal(4, owner.Values.Distinct().Count());
    }

    [Theory, MemberData(nameof(Environments))]
    public void Every_type_of_task_occurs_in_training_and_test(string name)
    {
        var info = Catalogue.Find(name);
        foreach (var split in new[] { Split.Train, Split.Test })
            Assert.Equal(info.TaskTypes.Order(), Enumerable.Range(0, 200).Select(index => InTask(info, new(name, split, index))).Distinct().Order());
    }

    [Theory, MemberData(nameof(EnvironmentsAndSplits))]
    public void Any_text_is_answered_and_never_ends_or_advances_the_episode(string name, Split split)
    {
        var info = Catalogue.Find(name);
        var rng = new Rng(99);
        var world = info.Create();
        var start = world.Reset(new(name, split, 3));
        for (var i = 0; i < 250; i++)
        {
            var outcome = world.Step(Nonsense(rng, i));
            Assert.True(outcome is { Invalid: true, Done: false, Reward: 0 });
            Assert.Equal(start.AdmissibleActions, outcome.Observation.AdmissibleActions);
            Assert.InRange(outcome.Observation.Text.Length, 1, 1000);
        }
    }

    [Theory, MemberData(nameof(Environments))]
    public void Every_admissible_action_is_understood(string name)
    {
        var info = Catalogue.Find(name);
        foreach (var split in Enum.GetValues<Split>())
            for (var index = 0; index < 40; index++)
                Assert.Equal(0, Played.AtRandom(info, new(name, split, index), 5).Invalid);
    }

    [Theory, MemberData(nameof(Environments))]
    public void The_expert_finds_the_way_from_wherever_a_stranger_has_left_the_episode(string name)
    {
        var info = Catalogue.Find(name);
        foreach (var split in Enum.GetValues<Split>())
            for (var index = 0; index < 100; index++)
            {
                var world = info.Create();
                if (!Played.AtRandom(info, new(name, split, index), index, world, turns: index % 12).Done)
                    Assert.True(Played.Through(world, (w, _) => w.ExpertAction(), turns: info.MaxTurns + 8).Done, $"{name}/{split}/{index}");
            }
    }

    [Theory, MemberData(nameof(Environments))]
    public void An_action_needs_a_running_episode(string name)
    {
        var info = Catalogue.Find(name);
        var world = info.Create();
        Assert.Contains("only after Reset", Assert.Throws<InvalidOperationException>(() => world.Step("look")).Message);
        Assert.Contains("only after Reset", Assert.Throws<InvalidOperationException>(() => world.TaskType).Message);

        world.Reset(new(name, Split.Train, 0));
        Played.Through(world, (w, _) => w.ExpertAction(), info.MaxTurns);
        Assert.Contains("is over", Assert.Throws<InvalidOperationException>(() => world.Step("look")).Message);
        Assert.Contains("is over", Assert.Throws<InvalidOperationException>(() => world.ExpertAction()).Message);
        Assert.Contains("cannot be played", Assert.Throws<ArgumentException>(() => world.Reset(new("other", Split.Train, 0))).Message);
    }

    private static string InTask(EnvironmentInfo info, TaskId task)
    {
        var world = info.Create();
        world.Reset(task);
        return world.TaskType;
    }

    /// <summary>Random characters of every plane, control characters and halves of pairs included; some texts are very long, some begin like an action.</summary>
    private static string Nonsense(Rng rng, int turn)
    {
        var length = turn % 25 == 0 ? 100_000 : rng.Below(40);
        var text = new StringBuilder(turn % 3 == 0 ? "move up" : turn % 3 == 1 ? "go to " : "take ");
        for (var i = 0; i < length; i++)
            text.Append((char)rng.Below(turn % 2 == 0 ? 0x80 : 0x10000));
        return text.Append('#').ToString();
    }
}
