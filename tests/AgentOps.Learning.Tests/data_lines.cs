using AgentOps.Contracts;

namespace AgentOps.Learning.Tests;

public sealed class Data_lines
{
    [Fact]
    public void What_does_not_fit_the_context_is_counted_and_not_dropped_in_silence()
    {
        var tooLong = Tiny.Sequence([.. Enumerable.Range(4, 65)], [1, 2]);
        var data = DataLines.Demonstrations(Tiny.Lines(Tiny.Sequence([4, 5, 6], [1, 2]), tooLong, Tiny.Sequence([4, 5, 6])), Tiny.Config());

        Assert.Single(data.Samples);
        Assert.Equal(new BalanceSheet(In: 3, Used: 1, Filtered: 1, TooLong: 1), data.Balance);
    }

    [Fact]
    public void A_pair_is_too_long_when_either_side_is()
    {
        var good = Tiny.Sequence([4, 5, 6], [1, 2]);
        var tooLong = Tiny.Sequence([.. Enumerable.Range(4, 65)], [1, 2]);
        var data = DataLines.Preferences(Tiny.Lines(new PreferencePair(good, good), new PreferencePair(good, tooLong), new PreferencePair(tooLong, good)), Tiny.Config());

        Assert.Equal(new BalanceSheet(In: 3, Used: 1, TooLong: 2), data.Balance);
    }

    [Fact]
    public void Nothing_left_to_train_on_is_an_error_with_the_counts()
    {
        DataRefusedException Refused(params TokenSequence[] samples) => Assert.Throws<DataRefusedException>(() => DataLines.Demonstrations(Tiny.Lines(samples), Tiny.Config()));
        var tooLong = Refused(Tiny.Sequence([.. Enumerable.Range(4, 65)], [1, 2]));

        Assert.Contains("the data set is empty", Refused().Message, StringComparison.Ordinal);
        Assert.Contains("of 1 samples, 1 are longer than the model's 64 positions and 0", tooLong.Message, StringComparison.Ordinal);
        Assert.Equal(new BalanceSheet(In: 1, Used: 0, TooLong: 1), tooLong.Balance);
    }

    [Theory]
    [InlineData("""{"ids":[4,5,300],"trained":[[1,1]]}""", "token id 300")]
    [InlineData("""{"ids":[4,-1,6],"trained":[[1,1]]}""", "token id -1")]
    [InlineData("""{"ids":[4,5,6],"trained":[[0,1]]}""", "trained span [0, 1]")]
    [InlineData("""{"ids":[4,5,6],"trained":[[2,2]]}""", "trained span [2, 2]")]
    [InlineData("""{"ids":[4,5,6],"trained":[[1,2],[2,1]]}""", "trained span [2, 1]")]
    [InlineData("""{"ids":[4,5,6],"trained":[[1,0]]}""", "trained span [1, 0]")]
    [InlineData("""{"ids":[4,5,6],"trained":[[1]]}""", "trained span [1]")]
    [InlineData("""{"ids":[4,5,6],"trained":[null]}""", "trained span []")]
    [InlineData("""{"ids":[4,5,6],"trained":[[1,1]],"weights":[0]}""", "the weights [0]")]
    [InlineData("""{"ids":[4,5,6],"trained":[[1,1]],"weights":[0.5,1]}""", "the weights [0.5, 1]")]
    [InlineData("""{"trained":[[1,1]]}""", "ids")]
    [InlineData("""{"ids":null,"trained":[[1,1]]}""", "ids")]
    [InlineData("null", "null")]
    [InlineData("{", "not a TokenSequence")]
    public void A_malformed_line_is_named_with_its_number(string line, string complaint)
    {
        line = line.Replace("{\"", $"{{\"task\":\"t\",\"sample\":0,\"", StringComparison.Ordinal);
        var message = Error([.. Tiny.Lines(Tiny.Sequence([4, 5, 6], [1, 2])), line]);

        Assert.Contains("Line 2", message, StringComparison.Ordinal);
        Assert.Contains(complaint, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_lines_are_malformed_every_line_is_in_the_books_and_the_first_of_them_is_named()
    {
        var good = Tiny.Lines(Tiny.Sequence([4, 5, 6], [1, 2]), Tiny.Sequence([4, 5, 6]), Tiny.Sequence([.. Enumerable.Range(4, 65)], [1, 2]));

        var refused = Assert.Throws<DataRefusedException>(() => DataLines.Demonstrations([good[0], "{", good[1], "null", good[2], good[0]], Tiny.Config()));

        Assert.StartsWith("Line 2 of the data set", refused.Message, StringComparison.Ordinal);
        Assert.Equal(new BalanceSheet(In: 6, Used: 0, Filtered: 1, TooLong: 1, Failed: 2, Unseen: 2), refused.Balance);
    }

    private static string Error(string[] lines) => Assert.Throws<DataRefusedException>(() => DataLines.Demonstrations(lines, Tiny.Config())).Message;
}
