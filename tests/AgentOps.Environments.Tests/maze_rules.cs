using System.Text.RegularExpressions;

namespace AgentOps.Environments.Tests;

public partial class MazeRules
{
    private static readonly Dictionary<string, (int Row, int Column)> Moves = new() { ["up"] = (-1, 0), ["down"] = (1, 0), ["left"] = (0, -1), ["right"] = (0, 1) };

    [Fact]
    public void A_move_goes_one_cell_unless_a_wall_is_named_there_and_the_goal_ends_the_episode()
    {
        var rng = new Rng(3);
        var (blocked, moved) = (0, 0);
        for (var index = 0; index < 200; index++)
        {
            var maze = Maze.Info.Create();
            var here = See.Of(maze.Reset(new("maze", Split.Train, index)).Text);
            for (var turn = 0; turn < 12; turn++)
            {
                var name = rng.Pick(Moves.Keys.ToArray());
                var outcome = maze.Step($"move {name}");
                var there = See.Of(outcome.Observation.Text);
                var wall = here.Walls.Contains(name);
                var expected = wall ? here.You : (here.You.Row + Moves[name].Row, here.You.Column + Moves[name].Column);
                Assert.Equal(expected, there.You);
                Assert.Equal(here.Goal, there.Goal);
                Assert.Equal((there.You == there.Goal, there.You == there.Goal ? 1.0 : 0.0, false), (outcome.Done, outcome.Reward, outcome.Invalid));
                (blocked, moved) = wall ? (blocked + 1, moved) : (blocked, moved + 1);
                here = there;
                if (outcome.Done)
                    break;
            }
        }
        Assert.True(blocked > 100 && moved > 100);
    }

    [Fact]
    public void The_border_is_walled()
    {
        for (var index = 0; index < 200; index++)
        {
            var here = See.Of(Maze.Info.Create().Reset(new("maze", Split.Test, index)).Text);
            Assert.All(Moves.Where(m => here.You.Row + m.Value.Row is < 0 or > 4 || here.You.Column + m.Value.Column is < 0 or > 4), m => Assert.Contains(m.Key, here.Walls));
        }
    }

    [Theory]
    [InlineData(Split.Train, 4, 6)]
    [InlineData(Split.Dev, 4, 6)]
    [InlineData(Split.Test, 4, 6)]
    [InlineData(Split.Unseen, 7, 8)]
    public void The_expert_needs_as_many_moves_as_the_split_allows(Split split, int shortest, int longest)
    {
        var turns = Enumerable.Range(0, 300).Select(index => Played.ByExpert(Maze.Info, new("maze", split, index)).Turns).ToList();
        Assert.Equal((shortest, longest), (turns.Min(), turns.Max()));
    }

    [Fact]
    public void A_text_that_is_no_move_leaves_everything_where_it_is()
    {
        var maze = Maze.Info.Create();
        var start = maze.Reset(new("maze", Split.Dev, 1)).Text;
        foreach (var text in new[] { "", "up", "Move up", "move up down", "move  up" })
        {
            var outcome = maze.Step(text);
            Assert.True(outcome is { Invalid: true, Reward: 0, Done: false });
            Assert.Equal("Nothing happens. " + start, outcome.Observation.Text);
        }
    }

    private sealed partial record See((int Row, int Column) Goal, (int Row, int Column) You, string[] Walls)
    {
        public static See Of(string text)
        {
            var m = Format().Match(text);
            Assert.True(m.Success, text);
            int At(int group) => int.Parse(m.Groups[group].Value);
            return new((At(1), At(2)), (At(3), At(4)), m.Groups[5].Success ? m.Groups[5].Value.Split(", ") : []);
        }

        [GeneratedRegex(@"^Goal (\d), (\d)\. You (\d), (\d)\. (?:No walls|Walls ((?:up|down|left|right)(?:, (?:up|down|left|right))*))\.$")]
        private static partial Regex Format();
    }
}
