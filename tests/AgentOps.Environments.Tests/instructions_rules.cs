using System.Text.RegularExpressions;

namespace AgentOps.Environments.Tests;

public partial class InstructionsRules
{
    [Fact]
    public void The_asked_answer_and_no_other_earns_the_reward()
    {
        for (var index = 0; index < 200; index++)
        {
            var task = new TaskId("instructions", Split.Train, index);
            var text = Instructions.Info.Create().Reset(task);
            var (asked, words) = Asked(text.Text);
            var right = asked switch
            {
                "Say again" => string.Join(' ', words),
                "Say in reverse order" => string.Join(' ', Enumerable.Reverse(words)),
                "Say the first word" => words[0],
                "Say the last word" => words[^1],
                _ => throw new InvalidOperationException(asked),
            };
            foreach (var answer in text.AdmissibleActions)
            {
                var world = Instructions.Info.Create();
                world.Reset(task);
                var outcome = world.Step(answer);
                Assert.Equal((answer == right ? 1.0 : 0.0, true, false), (outcome.Reward, outcome.Done, outcome.Invalid));
            }
        }
    }

    [Theory]
    [InlineData(Split.Train, 3, 4)]
    [InlineData(Split.Dev, 3, 4)]
    [InlineData(Split.Test, 3, 4)]
    [InlineData(Split.Unseen, 5, 5)]
    public void A_task_has_as_many_words_as_the_split_allows_and_none_twice(Split split, int fewest, int most)
    {
        var counts = new List<int>();
        for (var index = 0; index < 200; index++)
        {
            var words = Asked(Instructions.Info.Create().Reset(new("instructions", split, index)).Text).Words;
            Assert.Equal(words.Distinct(), words);
            counts.Add(words.Length);
        }
        Assert.Equal((fewest, most), (counts.Min(), counts.Max()));
    }

    [Fact]
    public void An_answer_of_other_words_is_not_understood()
    {
        var world = Instructions.Info.Create();
        var start = world.Reset(new("instructions", Split.Test, 0)).Text;
        foreach (var text in new[] { "", "yes", Asked(start).Words[0] + " " + Asked(start).Words[0] })
            Assert.Equal(("Nothing happens. " + start, true, false), world.Step(text) is var outcome ? (outcome.Observation.Text, outcome.Invalid, outcome.Done) : default);
    }

    private static (string Asked, string[] Words) Asked(string text)
    {
        var match = Format().Match(text);
        Assert.True(match.Success, text);
        return (match.Groups[1].Value, match.Groups[2].Value.Split(' '));
    }

    [GeneratedRegex(@"^(Say [a-z ]+): ([a-z]+(?: [a-z]+)*)\.$")]
    private static partial Regex Format();
}
