using System.Text.Json;
using AgentOps.Cli.Commands;

namespace AgentOps.Cli.Tests;

public sealed class what_a_withdrawal_came_to
{
    [Fact]
    public void What_learned_from_it_stands_apart_from_what_was_decided_by_it()
    {
        var lines = Lines(""","decided":{"versions":["maze-agent:2"],"deployments":["maze-agent"]}""");

        Assert.Equal(
            [
                "by ada at 2026-11-26T08:00:00Z: asked for",
                "versions that learned from it: maze-agent:1",
                "deployments that answer with one of them: none",
                "versions that did not learn from it and were promoted by an evaluation with episodes of it: maze-agent:2",
                "deployments that answer with one of those: maze-agent",
                "to train without it: agentops run file r --without w > without.json && agentops run submit without.json --retry-of r",
            ], lines);
    }

    [Fact]
    public void Where_nothing_was_decided_by_it_nothing_is_said_of_that() => Assert.DoesNotContain(Lines(""), line => line.Contains("evaluation", StringComparison.Ordinal));

    [Fact]
    public void A_model_that_is_shown_says_which_of_its_versions_are_touched_and_how() => Assert.Equal(
        [
            "version 2 learned from what withdrawal w took back",
            "version 2 was promoted by an evaluation with episodes of what withdrawal v took back, and did not learn from it",
        ],
        ModelCommands.Marks(JsonDocument.Parse("""
        {"name":"m","versions":[{"version":1,"withdrawals":[],"withdrawnEvidence":[]},{"version":2,"withdrawals":["w"],"withdrawnEvidence":["v"]}]}
        """).RootElement));

    private static IReadOnlyList<string> Lines(string decided) => [.. WithdrawalCommands.Lines(JsonDocument.Parse($$"""
        {"id":"w","withdrawnBy":"ada","withdrawnAt":"2026-11-26T08:00:00Z","reason":"asked for","now":{"versions":["maze-agent:1"],"deployments":[]{{decided}}},"retrain":[{"run":"r"}]}
        """).RootElement)];
}
