using Microsoft.Extensions.Configuration;

namespace AgentOps.Registry.Tests;

public sealed class how_long_files_are_kept
{
    [Theory]
    [InlineData("-1")]
    [InlineData("0")]
    [InlineData("a month")]
    [InlineData("NaN")]
    public void A_number_of_days_that_is_none_is_refused_at_the_start(string days) => Assert.Equal(
        $"AGENTOPS_KEEP_FILES_DAYS is '{days}': expected a number of days above 0, such as 180, or nothing to keep files for ever.",
        Assert.Throws<InvalidOperationException>(() => Of(days)).Message);

    [Fact]
    public void Where_nothing_is_said_they_are_kept_for_ever()
    {
        Assert.Null(Of(null));
        Assert.Null(Of(""));
        Assert.Equal(TimeSpan.FromHours(36), Of("1.5")!.Keep);
    }

    private static RetentionOptions? Of(string? days) => RetentionOptions.Of(new ConfigurationBuilder().AddInMemoryCollection([new("AGENTOPS_KEEP_FILES_DAYS", days)]).Build());
}
