namespace AgentOps.Models.Tests;

public sealed class When_text_is_split_into_words
{
    [Theory]
    [InlineData(SplitPatterns.Gpt2Pattern, "take mug 12, it's open", "take| mug| 12|,| it|'s| open")]
    [InlineData(SplitPatterns.Gpt2Pattern, "a  b \n c  ", "a| | b| \n| c|  ")]
    [InlineData(SplitPatterns.QwenPattern, "take mug 12, IT'S\n\nopen", "take| mug| |1|2|,| IT|'S|\n\n|open")]
    [InlineData(SplitPatterns.Llama3Pattern, "12345 (mug)\n", "123|45| (|mug|)\n")]
    [InlineData(SplitPatterns.DigitPattern, "a12b", "a|1|2|b")]
    public void The_pattern_decides(string pattern, string text, string expected) => Assert.Equal(expected, Split(text, pattern));

    [Theory]
    // Beyond U+FFFF: a capital letter, a digit, a Gothic letter, an ideograph, an emoji.
    [InlineData("a𝒜b", "a𝒜b")]
    [InlineData("1𝟙2 x", "1𝟙2| x")]
    [InlineData("x𝟙", "x|𝟙")]
    [InlineData("𐌰 𠀀𠀁!", "𐌰| 𠀀𠀁|!")]
    [InlineData("a😀b 😀", "a|😀|b| 😀")]
    public void Letters_and_digits_of_two_units_are_letters_and_digits(string text, string expected) =>
        Assert.Equal(expected, Split(text, SplitPatterns.Gpt2Pattern));

    [Fact]
    public void Each_pattern_cuts_what_the_one_before_left() =>
        Assert.Equal("a|1|2| b|3", Split("a12 b3", SplitPatterns.DigitPattern, SplitPatterns.Gpt2Pattern));

    private static string Split(string text, params string[] patterns)
    {
        var words = new List<string>();
        new PreTokenizer([.. patterns.Select(pattern => SplitPatterns.Of(pattern, "test"))]).Split(text, word => words.Add(word.ToString()));
        return string.Join('|', words);
    }
}
