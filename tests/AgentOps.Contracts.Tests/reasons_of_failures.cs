namespace AgentOps.Contracts.Tests;

public sealed class reasons_of_failures
{
    [Theory]
    [InlineData(2_000, "", 2_000)]
    [InlineData(2_001, "", 2_001)]
    // A character of two halves, of which the second would be cut off.
    [InlineData(1_999, "\ud83d\ude00", 2_000)]
    public void They_fit_into_an_event_and_end_in_whole_characters(int letters, string behind, int length)
    {
        var reason = FailureReason.Of(new string('x', letters) + behind);

        Assert.Equal(length, reason.Length);
        Assert.DoesNotContain(reason, char.IsSurrogate);
        Assert.Equal(letters + behind.Length > 2_000, reason.EndsWith('…'));
    }

    [Fact]
    public void What_cannot_be_shown_or_stored_is_left_out()
    {
        Assert.Equal("x\uFFFD is no\nfamily\uFFFD.", FailureReason.Of("x\0 is no\nfamily\u001b."));
    }
}
