using AgentOps.Contracts;
using AgentOps.Environments;
using AgentOps.Models;

namespace AgentOps.Learning.Tests;

public sealed class Learning
{
    private static readonly int[] Alphabet = [.. Enumerable.Range(4, 12)];

    [Fact]
    public void The_copy_stage_reaches_its_target_and_stops_there()
    {
        using var state = Tiny.State();
        var options = new CopyStage.Options(Tokens: 2_000_000, BatchTokens: 768, Target: 0.8, Lessons: [new(24, CopyLesson.Repeat)]);

        var reports = CopyStage.Train(state, Alphabet, options, seed: 1).ToList();

        Assert.True(state.Finished, $"After {reports.Count} steps the accuracy is {reports[^1].Metrics["copyAccuracy"]}.");
        Assert.True(reports[^1].Metrics["copyAccuracy"] >= 0.8);
        Assert.All(reports[..^1], report => Assert.True(report.Metrics["copyAccuracy"] < 0.8));
        Assert.Empty(CopyStage.Train(state, Alphabet, options, seed: 1));
    }

    [Fact]
    public void A_lesson_begins_when_the_one_before_is_learned_and_those_before_it_come_again_in_every_other_step()
    {
        using var state = Tiny.State();

        // Each is learned at once where nothing is asked of it.
        var reports = CopyStage.Train(state, Alphabet, new(BatchTokens: 96, Target: 0), seed: 1).ToList();

        Assert.Equal([1, 1, 2, 2, 3], reports.Select(report => report.Metrics["lesson"]));
        Assert.True(state.Finished);
    }

    [Fact]
    public void A_lesson_that_is_not_learned_is_the_last()
    {
        using var state = Tiny.State();

        var reports = CopyStage.Train(state, Alphabet, new(Tokens: 96 * 8, BatchTokens: 96, Target: 1.1), seed: 1).ToList();

        Assert.Equal([1, 1, 1, 1, 1, 1, 1, 1], reports.Select(report => report.Metrics["lesson"]));
        Assert.False(state.Finished);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(2 * 96, 2)]
    public void It_takes_as_many_steps_as_its_tokens_fill_and_one_where_they_fill_none(long tokens, int steps)
    {
        using var state = Tiny.State();

        Assert.Equal(steps, CopyStage.Train(state, Alphabet, new(Tokens: tokens, BatchTokens: 96, Target: 1.1), seed: 1).Count());
    }

    [Fact]
    public void A_string_to_repeat_repeats_its_period_and_carries_loss_from_the_second_repeated_token_on()
    {
        for (var seed = 0UL; seed < 200; seed++)
        {
            var text = CopyLesson.Repeat([.. Enumerable.Range(4, 500)], 48, new Rng(seed));
            var period = text.Trained[0][0] - 1;

            Assert.InRange(period, 3, 16);
            Assert.Equal([[period + 1, 48 - period - 1]], text.Trained);
            Assert.Equal(text.Ids[period..], text.Ids[..^period]);
        }
    }

    [Theory]
    [InlineData(500, 12), InlineData(12, 6), InlineData(4, 2)]
    public void In_a_string_to_find_in_each_answer_is_the_one_token_of_its_block_that_is_in_the_list(int alphabet, int longestList)
    {
        for (var seed = 0UL; seed < 200; seed++)
        {
            var text = CopyLesson.Find([.. Enumerable.Range(4, alphabet)], 48, new Rng(seed));
            var list = text.Ids.TakeWhile(id => id != ChatTokens.User).ToArray();

            Assert.InRange(text.Ids.Length, 48 - 8, 48);
            Assert.InRange(list.Length, 2, longestList);
            Assert.Equal(list.Length, list.Distinct().Count());
            Assert.NotEmpty(text.Trained);
            Assert.All(text.Trained, answer =>
            {
                var mark = answer[0] - 1;
                var block = text.Ids[(Array.LastIndexOf(text.Ids, ChatTokens.User, mark) + 1)..mark];
                Assert.Equal((ChatTokens.Assistant, 1), (text.Ids[mark], answer[1]));
                Assert.InRange(block.Length, 2, 6);
                Assert.Equal([text.Ids[answer[0]]], block.Where(list.Contains));
            });
        }
    }

    [Fact]
    public void Nothing_is_asked_of_an_alphabet_that_is_too_small() => Assert.Throws<ArgumentException>(() => CopyLesson.Find([4, 5, 6], 48, new Rng(1)));
}
