namespace AgentOps.Proofs.Tests;

public sealed class texts_from_elsewhere
{
    [Theory]
    [InlineData("ada", "ada")]
    [InlineData("Zoë 李 😀", "Zoë 李 😀")]
    [InlineData("a\u001b[2Jda", "a?[2Jda")]
    [InlineData("a\u009b2Jda", "a?2Jda")]
    [InlineData("ada\u200b", "ada?")]
    [InlineData("\u202eada", "?ada")]
    [InlineData("ada\u3164", "ada?")]
    [InlineData("ada\u2800", "ada?")]
    [InlineData("ada\ufe0f", "ada?")]
    [InlineData("ada\u2028", "ada?")]
    [InlineData("ada\U000e0041", "ada?")]
    public void A_name_shows_what_a_terminal_would_obey_or_nobody_would_see(string text, string shown)
    {
        Assert.Equal(shown, PlainText.Of(text));
        Assert.Equal(text == shown, PlainText.Is(text));
    }

    [Fact]
    public void Half_a_surrogate_pair_is_shown_as_no_character() => Assert.Equal("a?b?", PlainText.Of("a\ud83db\ude00"));
}
