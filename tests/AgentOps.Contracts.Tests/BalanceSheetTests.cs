namespace AgentOps.Contracts.Tests;

public sealed class BalanceSheetTests
{
    [Fact]
    public void A_sheet_whose_parts_sum_to_what_came_in_closes()
    {
        // 10 + 4 + 2 + 1 + 2 + 1 = 20
        var sheet = new BalanceSheet(20, 10, Filtered: 4, Tied: 2, Duplicate: 1, TooLong: 2, Failed: 1);

        Assert.Same(sheet, sheet.Closed());
    }

    [Fact]
    public void What_was_withdrawn_held_out_or_unseen_is_a_part_of_it_like_any_other()
    {
        // 10 + 3 + 2 + 4 = 19
        var sheet = new BalanceSheet(19, 10, Withdrawn: 3, HeldOut: 2, Unseen: 4);

        Assert.Same(sheet, sheet.Closed());
        Assert.Contains("2 held out + 4 unseen", Assert.Throws<InvalidOperationException>(() => (sheet with { In = 13 }).Closed()).Message);
    }

    [Fact]
    public void What_no_step_has_seen_is_not_used()
    {
        var sheet = new BalanceSheet(15, 10, Filtered: 3, HeldOut: 2);

        Assert.Equal(new BalanceSheet(15, 7, Filtered: 3, HeldOut: 2, Unseen: 3), sheet.Seeing(7));
        Assert.Equal(sheet, sheet.Seeing(10));
    }

    [Theory]
    [InlineData(19)]
    [InlineData(21)]
    public void A_sheet_that_lost_or_invented_a_sample_is_refused(int entered)
    {
        var thrown = Assert.Throws<InvalidOperationException>(() => new BalanceSheet(entered, 10, 4, 2, 1, 2, 1).Closed());

        Assert.Contains($"{entered} in", thrown.Message);
    }
}
