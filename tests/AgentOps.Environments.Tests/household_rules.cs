namespace AgentOps.Environments.Tests;

public class HouseholdRules
{
    private readonly IEnvironment _house = Household.Info.Create();

    /// <summary>24 objects and 14 receptacles: 336 combinations of put and of two, 312 (13 receptacles) of clean, hot and cool. 30 %: 100 and 93; 10 %: 33 and 31; the rest: 203 and 188.</summary>
    [Theory]
    [InlineData(Split.Train, 203, 188)]
    [InlineData(Split.Dev, 33, 31)]
    [InlineData(Split.Test, 100, 93)]
    [InlineData(Split.Unseen, 70, 65)]
    public void Each_split_has_its_share_of_every_types_combinations(Split split, int plain, int treated)
    {
        // 5,000 draws of each type: a combination of 203 is missed with probability 203 * (202/203)^5000 = 4e-9.
        var counts = Enumerable.Range(0, 25_000).GroupBy(index => index % 5, index => Household.Info.Content(new("household", split, index)));
        Assert.Equal([plain, treated, treated, treated, plain], counts.OrderBy(type => type.Key).Select(type => type.Distinct().Count()));
    }

    [Fact]
    public void Unseen_objects_are_named_in_no_other_split()
    {
        var words = Enum.GetValues<Split>().ToDictionary(split => split, Words);
        Assert.Equal(["bottle", "melon", "peach", "spatula", "teapot"], words[Split.Unseen].Except(words[Split.Train]).Order());
        Assert.Empty(words[Split.Test].Except(words[Split.Train]));
        Assert.Empty(words[Split.Dev].Except(words[Split.Train]));
    }

    [Fact]
    public void The_expert_searches_in_the_listed_order_and_knows_nothing_that_it_was_not_told()
    {
        for (var index = 0; index < 200; index++)
        {
            var text = Start(index).Text;
            var thing = text.Split(" in ")[^2].Split(' ')[^1];
            foreach (var place in Listed(text))
            {
                Assert.Equal($"go to {place}", _house.ExpertAction());
                text = Do($"go to {place}");
                if (text.EndsWith("is closed.", StringComparison.Ordinal))
                {
                    Assert.Equal($"open {place}", _house.ExpertAction());
                    text = Do($"open {place}");
                }
                if (text.Contains($" {thing} ", StringComparison.Ordinal))
                    break;
            }
            Assert.StartsWith($"take {thing} ", _house.ExpertAction());
        }
    }

    [Fact]
    public void What_lies_in_a_closed_receptacle_is_hidden_and_out_of_reach()
    {
        var (index, place) = Where((text, at) => text.StartsWith($"In {at}:", StringComparison.Ordinal) && !text.Contains("nothing"), opened: true);
        Start(index);
        Assert.Equal($"{place} is closed.", Do($"go to {place}"));
        Assert.DoesNotContain(Admissible(), action => action.StartsWith("take", StringComparison.Ordinal) || action.StartsWith("close", StringComparison.Ordinal));
        var inside = Do($"open {place}");
        var taken = Admissible().First(action => action.StartsWith("take", StringComparison.Ordinal));
        Assert.Equal($"You close {place}.", Do($"close {place}"));
        Assert.Equal($"{place} is closed.", Do("look"));
        Assert.Equal("Nothing happens.", Do(taken));
        Assert.Equal(inside, Do($"open {place}"));
    }

    [Fact]
    public void One_thing_is_carried_at_a_time()
    {
        var (index, place) = Where((text, _) => text.Contains(", ", StringComparison.Ordinal), opened: false);
        Start(index);
        Do($"go to {place}");
        var both = Admissible().Where(action => action.StartsWith("take", StringComparison.Ordinal)).ToList();
        Assert.Equal("You carry nothing.", Do("inventory"));
        var thing = string.Join(' ', both[0].Split(' ')[1..3]);
        Assert.Equal($"You take {thing}.", Do(both[0]));
        Assert.Equal($"You carry {thing}.", Do("inventory"));
        Assert.Equal("Nothing happens.", Do(both[1]));
        Assert.DoesNotContain(thing, Do("look"));
        Assert.Equal($"You put {thing} in {place}.", Do($"put {thing} in {place}"));
        Assert.Contains(thing, Do("look"));
    }

    [Fact]
    public void Only_the_last_action_of_a_solved_task_is_rewarded()
    {
        for (var index = 0; index < 200; index++)
        {
            Start(index);
            var rewards = new List<double>();
            Outcome outcome;
            do
                rewards.Add((outcome = _house.Step(_house.ExpertAction())).Reward);
            while (!outcome.Done);
            Assert.Equal(Enumerable.Repeat(0.0, rewards.Count - 1).Append(1.0), rewards);
        }
    }

    [Fact]
    public void One_of_two_things_is_not_enough()
    {
        for (var index = 4; index < 200; index += 5)
        {
            Start(index);
            Until("put");
            Assert.StartsWith("put ", Until("put"));
            Assert.Throws<InvalidOperationException>(() => _house.Step("look"));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_thing_that_was_not_treated_does_not_count(int type)
    {
        for (var index = type; index < 100; index += 5)
        {
            Start(index);
            var taken = Until("take").Split(' ');
            var target = Target(index);
            Do($"go to {target}");
            Do($"open {target}");
            var outcome = _house.Step($"put {taken[1]} {taken[2]} in {target}");
            Assert.True(outcome is { Done: false, Reward: 0, Invalid: false });
        }
    }

    [Fact]
    public void Heating_undoes_cooling()
    {
        // A room that has a microwave and a fridge, in a task of the type "cool".
        var index = Enumerable.Range(0, 1000).First(i => i % 5 == 3 && Start(i).Text.Contains("microwave") && Target(i) != "microwave 1");
        Start(index);
        var thing = string.Join(' ', Until("take").Split(' ')[1..3]);
        Do("go to fridge 1");
        Assert.Equal($"You cool {thing}.", Do($"cool {thing} with fridge 1"));
        Do("go to microwave 1");
        Assert.Equal($"You heat {thing}.", Do($"heat {thing} with microwave 1"));
        Assert.Equal("go to fridge 1", _house.ExpertAction());
        Do($"go to {Target(index)}");
        Do($"open {Target(index)}");
        Assert.False(_house.Step($"put {thing} in {Target(index)}").Done);
    }

    private static HashSet<string> Words(Split split)
    {
        var words = new HashSet<string>();
        for (var index = 0; index < 500; index++)
            words.UnionWith(Played.ByExpert(Household.Info, new("household", split, index)).Log.Split(' ', '\n', '|', '.', ',', ':').Concat(Household.Info.Content(new("household", split, index)).Split(' ')));
        return words;
    }

    private Observation Start(int index) => _house.Reset(new("household", Split.Train, index));

    private string Do(string action) => _house.Step(action).Observation.Text;

    private IReadOnlyList<string> Admissible() => _house.Step("?").Observation.AdmissibleActions;

    private static string Target(int index) => Household.Info.Content(new("household", Split.Train, index)).Split(" in ")[1];

    private static string[] Listed(string text) => text.Split(". Task")[0].Split(": ")[1].Split(", ");

    /// <summary>Plays the expert until it has taken an action that begins so.</summary>
    private string Until(string verb)
    {
        while (true)
        {
            var action = _house.ExpertAction();
            _house.Step(action);
            if (action.StartsWith(verb, StringComparison.Ordinal))
                return action;
        }
    }

    /// <summary>The first training task with a receptacle whose text, on arrival or once opened, is such.</summary>
    private (int Index, string Place) Where(Func<string, string, bool> such, bool opened)
    {
        for (var index = 0; ; index++)
            foreach (var place in Listed(Start(index).Text))
            {
                var text = Do($"go to {place}");
                if (opened)
                    text = Do($"open {place}");
                if (such(text, place))
                    return (index, place);
            }
    }
}
