using System.Text.RegularExpressions;

namespace AgentOps.Architecture.Tests;

/// <summary>A test that does not run says why, and nothing is left for later in the text.</summary>
public sealed partial class TestsAndLeftovers
{
    private const string Here = "tests/AgentOps.Architecture.Tests/";

    [Fact]
    public void No_test_is_skipped_without_a_reason() => Rule.Holds(SkipsSayWhy);

    [Theory]
    [InlineData("[Fact(Skip = \"\")]")]
    [InlineData("[Fact(Skip = \"flaky\")]")]
    [InlineData("[Theory(DisplayName = \"x\", Skip = Reasons.None)]")]
    public void A_skip_without_a_reason_is_caught(string attribute) =>
        Rule.Catches(SkipsSayWhy, Tree.Here.With("tests/AgentOps.Judge.Tests/Added.cs", attribute), "tests/AgentOps.Judge.Tests/Added.cs");

    [Fact]
    public void Nothing_is_left_for_later() => Rule.Holds(NothingForLater);

    [Theory]
    [InlineData("// TO" + "DO: the other half")]
    [InlineData("throw new NotImplemented" + "Exception();")]
    public void Something_left_for_later_is_caught(string line) =>
        Rule.Catches(NothingForLater, Tree.Here.With("src/AgentOps.Cli/Added.cs", line), "src/AgentOps.Cli/Added.cs");

    [Fact]
    public void No_test_sleeps() => Rule.Holds(NoSleeps);

    [Fact]
    public void A_test_that_sleeps_is_caught() =>
        Rule.Catches(NoSleeps, Tree.Here.With("tests/AgentOps.Judge.Tests/Added.cs", "Thread.Sleep(100);"), "tests/AgentOps.Judge.Tests/Added.cs");

    [Fact]
    public void Every_link_between_pages_leads_somewhere() => Rule.Holds(LinksLead);

    [Fact]
    public void A_link_to_nothing_is_caught() =>
        Rule.Catches(LinksLead, Tree.Here.With("services/Judge/NOTES.md", "See [there](../Nowhere/README.md)."), "services/Nowhere/README.md");

    private static IEnumerable<string> SkipsSayWhy(Tree tree) =>
        from file in tree.SourcesUnder("tests")
        where !file.Key.StartsWith(Here, StringComparison.Ordinal)
        from skip in Skip().Matches(file.Value)
        where !Reason().IsMatch(skip.Groups[1].Value)
        select $"{file.Key} skips a test without saying in a sentence why: {skip.Value.Trim()}";

    private static IEnumerable<string> NothingForLater(Tree tree) => tree.Files
        .Where(f => Later().IsMatch(f.Value) && !f.Key.StartsWith(Here, StringComparison.Ordinal)).Select(f => $"{f.Key} leaves something for later.");

    private static IEnumerable<string> NoSleeps(Tree tree) => tree.SourcesUnder("tests")
        .Where(f => f.Value.Contains("Thread.Sleep", StringComparison.Ordinal) && !f.Key.StartsWith(Here, StringComparison.Ordinal))
        .Select(f => $"{f.Key} sleeps: wait for what is to happen, with a bound.");

    private static IEnumerable<string> LinksLead(Tree tree) =>
        from page in tree.Files
        where page.Key.EndsWith(".md", StringComparison.Ordinal)
        from link in Link().Matches(page.Value)
        let target = Path.GetFullPath(Path.Combine("/", Path.GetDirectoryName(page.Key)!, link.Groups[1].Value))[1..]
        where !tree.Files.ContainsKey(target) && !tree.Files.Keys.Any(path => path.StartsWith(target + "/", StringComparison.Ordinal))
        select $"{page.Key} links to {target}, which is not there.";

    [GeneratedRegex(@"\]\((?!\w+:)([^)#\s]+)[^)]*\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"\bSkip\s*=(?!=)\s*([^\n]*)")]
    private static partial Regex Skip();

    // A literal of at least four words.
    [GeneratedRegex("^\\$?\"[^\"\\s]+(\\s+[^\"\\s]+){3,}[^\"]*\"")]
    private static partial Regex Reason();

    [GeneratedRegex(@"\b(TODO|FIXME|XXX|HACK)\b|\bNotImplementedException\b")]
    private static partial Regex Later();
}
