namespace AgentOps.Architecture.Tests;

/// <summary>Two things to show of a rule: the repository keeps it, and one that does not is caught, by name.</summary>
internal static class Rule
{
    public static void Holds(Func<Tree, IEnumerable<string>> rule) => Assert.Empty(rule(Tree.Here));

    /// <summary>The changed repository breaks the rule in one place, and what is said names that place.</summary>
    public static void Catches(Func<Tree, IEnumerable<string>> rule, Tree changed, string named) =>
        Assert.Contains(named, Assert.Single(rule(changed).Except(rule(Tree.Here))), StringComparison.Ordinal);
}
