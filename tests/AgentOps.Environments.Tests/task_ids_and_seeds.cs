namespace AgentOps.Environments.Tests;

public class TaskIdsAndSeeds
{
    [Theory]
    [InlineData("household/train/17", Split.Train)]
    [InlineData("household/dev/17", Split.Dev)]
    [InlineData("household/test/17", Split.Test)]
    [InlineData("household/unseen/17", Split.Unseen)]
    public void A_task_is_written_and_read_back(string text, Split split)
    {
        var task = new TaskId("household", split, 17);
        Assert.Equal(text, task.ToString());
        Assert.Equal(task, TaskId.Parse(text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("household")]
    [InlineData("household/train")]
    [InlineData("household/train/-1")]
    [InlineData("household/train/1/2")]
    [InlineData("household/train/ 1")]
    [InlineData("household/Train/1")]
    [InlineData("household/2/1")]
    [InlineData("House hold/train/1")]
    [InlineData("household/train/99999999999999999999")]
    public void A_text_that_is_no_task_is_refused_with_a_sentence(string text) =>
        Assert.Contains("expected environment/split/index", Assert.Throws<FormatException>(() => TaskId.Parse(text)).Message);

    [Fact]
    public void A_task_that_cannot_be_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new TaskId("maze", Split.Train, -1));
        Assert.Throws<ArgumentException>(() => new TaskId("maze", (Split)7, 0));
        Assert.Throws<ArgumentException>(() => new TaskId("maze/train", Split.Train, 0));
        Assert.Throws<ArgumentException>(() => new TaskId("maze", Split.Train, Seed.LastIndex + 1));
    }

    [Fact]
    public void An_unknown_environment_is_answered_with_the_names_there_are()
    {
        var error = Assert.Throws<UnknownEnvironmentException>(() => Catalogue.Find("labyrinth"));
        Assert.Contains("'labyrinth'", error.Message);
        foreach (var info in Catalogue.All)
            Assert.Contains(info.Name, error.Message);
    }

    [Fact]
    public void Names_are_unique()
    {
        var names = Catalogue.All.Select(info => info.Name).ToList();
        Assert.Equal(names.Distinct(), names);
    }

    [Fact]
    public void No_two_tasks_of_an_environment_share_a_seed()
    {
        var seeds = from split in Enum.GetValues<Split>() from index in Enumerable.Range(0, 5000) select Seed.Of(new TaskId("maze", split, index));
        Assert.Equal(20_000, seeds.Distinct().Count());
    }

    /// <summary>The published sequence of SplitMix64 from 1234567 (Vigna's splitmix64.c).</summary>
    [Fact]
    public void The_generator_is_SplitMix64()
    {
        var rng = new Rng(1234567);
        Assert.Equal([6457827717110365317UL, 3203168211198807973UL, 9817491932198370423UL, 4593380528125082431UL, 16408922859458223821UL], Enumerable.Range(0, 5).Select(_ => rng.Next()));
    }

    /// <summary>60,000 draws below 6: 10,000 each, standard deviation sqrt(60,000 * 1/6 * 5/6) = 91; five of them are 456.</summary>
    [Fact]
    public void Draws_below_a_bound_are_even()
    {
        var rng = new Rng(5);
        var counts = new int[6];
        for (var i = 0; i < 60_000; i++)
            counts[rng.Below(6)]++;
        Assert.All(counts, count => Assert.InRange(count, 10_000 - 456, 10_000 + 456));
    }

    [Fact]
    public void A_shuffle_keeps_every_item_and_a_uniform_draw_stays_below_one()
    {
        var rng = new Rng(8);
        Assert.Equal(Enumerable.Range(0, 50), rng.Shuffled(Enumerable.Range(0, 50)).Order());
        for (var i = 0; i < 1000; i++)
            Assert.InRange(rng.Uniform(), 0, Math.BitDecrement(1.0));
    }

    [Fact]
    public void A_recorded_action_is_bounded_well_formed_and_recorded_the_same_again()
    {
        Assert.Equal("move up", ActionText.Recorded("move up"));
        Assert.Equal("a\uFFFDb", ActionText.Recorded("a\uD800b"));
        var cut = ActionText.Recorded(new string('x', 100_000));
        Assert.Equal(ActionText.MaxLength + 1, cut.Length);
        Assert.Equal(cut, ActionText.Recorded(cut));
    }
}
