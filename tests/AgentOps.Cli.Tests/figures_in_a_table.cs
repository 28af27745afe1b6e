using AgentOps.Cli.Commands;

namespace AgentOps.Cli.Tests;

public sealed class figures_in_a_table
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(36421, "36421")]
    [InlineData(0.36999, "0.37")]
    [InlineData(0.0014, "0.0014")]
    [InlineData(0.0000318, "3.2e-5")]
    [InlineData(-0.0002, "-2.0e-4")]
    public void A_small_figure_is_not_shown_as_nothing(double value, string shown) => Assert.Equal(shown, RunTable.Figure(value));
}
