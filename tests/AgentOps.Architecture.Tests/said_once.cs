using System.Text.RegularExpressions;

namespace AgentOps.Architecture.Tests;

/// <summary>What several projects need and one of them says.</summary>
public sealed partial class SaidOnce
{
    // The episode loop lies below the contracts; its own word of success ends where a trajectory is recorded.
    private static readonly string[] SuccessHomes = ["src/AgentOps.Contracts/Success.cs", "src/AgentOps.Agents/Transcript.cs"];

    private const string ActorHome = "src/AgentOps.Hosting/Caller.cs";

    [Fact]
    public void What_a_success_is_is_said_once() => Rule.Holds(OneSuccess);

    [Fact]
    public void A_service_with_a_success_of_its_own_is_caught() =>
        Rule.Catches(OneSuccess, Tree.Here.With("services/Judge/Added.cs", "var solved = episode.Reward >= 1;"), "services/Judge/Added.cs");

    [Fact]
    public void How_a_service_is_called_as_an_actor_is_said_once() => Rule.Holds(OneActor);

    [Fact]
    public void A_service_that_spells_its_own_actor_is_caught() =>
        Rule.Catches(OneActor, Tree.Here.With("services/Judge/Added.cs", "var actor = \"service:judge\";"), "services/Judge/Added.cs");

    private static IEnumerable<string> OneSuccess(Tree tree) =>
        Shipped(tree).Where(f => !SuccessHomes.Contains(f.Key, StringComparer.Ordinal) && RewardAgainstOne().IsMatch(f.Value))
            .Select(f => $"{f.Key} compares a reward with 1: Success says what a success is.");

    private static IEnumerable<string> OneActor(Tree tree) =>
        Shipped(tree).Where(f => f.Key != ActorHome && f.Value.Contains("\"service:", StringComparison.Ordinal))
            .Select(f => $"{f.Key} spells an actor: Caller.Service does.");

    private static IEnumerable<KeyValuePair<string, string>> Shipped(Tree tree) => tree.SourcesUnder("src").Concat(tree.SourcesUnder("services"));

    [GeneratedRegex(@"\bReward\s*(>=|<|==|>)\s*1\b")]
    private static partial Regex RewardAgainstOne();
}
