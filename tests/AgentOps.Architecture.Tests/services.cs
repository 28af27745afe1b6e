using System.Text.RegularExpressions;

namespace AgentOps.Architecture.Tests;

/// <summary>Services are small and alike, and each writes its own streams only.</summary>
public sealed partial class Services
{
    private const string LineageView = "services/Registry/LineageView.cs";

    private static readonly string[] Headings = ["**Consumes**", "**Publishes**", "**Owns**", "**API**", "**Alone**"];

    [Fact]
    public void Every_service_begins_and_ends_alike() => Rule.Holds(ProgramsAreAlike);

    [Fact]
    public void A_service_that_hosts_itself_is_caught() =>
        Rule.Catches(ProgramsAreAlike, Tree.Here.Replacing("services/Judge/Program.cs", "ServiceHost.Create(args, \"judge\")", "WebApplication.CreateBuilder(args)"), "services/Judge");

    [Fact]
    public void Every_service_has_a_page_under_the_same_five_headings() => Rule.Holds(PagesAreThere);

    [Fact]
    public void A_service_without_its_page_is_caught() => Rule.Catches(PagesAreThere, Tree.Here.Without("services/Judge/README.md"), "services/Judge");

    [Fact]
    public void A_page_without_a_heading_is_caught() =>
        Rule.Catches(PagesAreThere, Tree.Here.Replacing("services/Judge/README.md", "**Owns**", "**Has**"), "services/Judge/README.md lacks **Owns**");

    [Fact]
    public void Every_category_has_one_owner_and_every_event_a_category() => Rule.Holds(CategoriesAreOwned);

    [Fact]
    public void An_event_of_nobodys_category_is_caught() =>
        Rule.Catches(CategoriesAreOwned, Tree.Here.Replacing("src/AgentOps.Contracts/ServingEvents.cs", "serving.model-loaded.v1", "cache.model-loaded.v1"), "cache.model-loaded.v1");

    [Fact]
    public void A_category_of_two_owners_is_caught() => Rule.Catches(
        CategoriesAreOwned, Tree.Here.Replacing("src/AgentOps.Ledger/Sql/scripts/0001_tables.sql", "('serving', 'serving')", "('serving', 'serving'), ('serving', 'trainer')"), "'serving' has 2 owners");

    [Fact]
    public void No_service_makes_events_of_anothers_streams() => Rule.Holds(OwnEventsOnly);

    [Fact]
    public void A_service_that_makes_anothers_event_is_caught() => Rule.Catches(
        OwnEventsOnly, Tree.Here.With("services/Judge/Shortcut.cs", "IEvent done = new TrainingCompleted(id);"), "services/Judge/Shortcut.cs makes training.completed.v1");

    [Fact]
    public void Lineage_is_walked_over_every_category() => Rule.Holds(LineageIsWhole);

    [Fact]
    public void A_category_that_lineage_leaves_out_is_caught() =>
        Rule.Catches(LineageIsWhole, Tree.Here.Replacing(LineageView, "\"judgement\", ", ""), "'judgement'");

    private static IEnumerable<string> Folders(Tree tree) => tree.Projects.Where(p => p.IsService).Select(p => p.Folder);

    private static IEnumerable<string> ProgramsAreAlike(Tree tree)
    {
        foreach (var folder in Folders(tree))
        {
            var program = tree.Files.GetValueOrDefault($"{folder}/Program.cs", "");
            var lines = program.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => !l.StartsWith("using ", StringComparison.Ordinal)).ToList();
            var name = Word().Replace(Path.GetFileName(folder), "-$0").ToLowerInvariant().TrimStart('-');
            if (lines.FirstOrDefault() != $"var host = ServiceHost.Create(args, \"{name}\");")
                yield return $"{folder}/Program.cs does not begin with ServiceHost.Create(args, \"{name}\").";
            if (!lines.Contains("var app = host.Build();") || lines[^1] != "app.Run();")
                yield return $"{folder}/Program.cs does not build its host and end with app.Run().";
        }
    }

    private static IEnumerable<string> PagesAreThere(Tree tree)
    {
        foreach (var page in Folders(tree).Select(folder => $"{folder}/README.md"))
        {
            if (!tree.Files.TryGetValue(page, out var text))
                yield return $"{page} is missing.";
            else if (Headings.Where(heading => !text.Contains("\n" + heading, StringComparison.Ordinal)).ToList() is { Count: > 0 } lacking)
                yield return $"{page} lacks {string.Join(", ", lacking)}.";
        }
    }

    private static IEnumerable<string> CategoriesAreOwned(Tree tree)
    {
        var owners = Owners(tree);
        foreach (var category in owners.Where(o => o.Count() > 1))
            yield return $"'{category.Key}' has {category.Count()} owners: {string.Join(", ", category)}.";
        foreach (var strange in owners.SelectMany(o => o).Except(Folders(tree).Select(RoleOf), StringComparer.Ordinal))
            yield return $"'{strange}' owns a category and is no service.";
        foreach (var stray in EventNames(tree).Where(e => !owners.Contains(CategoryOf(e.Name))))
            yield return $"{stray.Name} belongs to no category that a service owns.";
    }

    private static IEnumerable<string> LineageIsWhole(Tree tree) => Owners(tree)
        .Where(category => !tree.Files[LineageView].Contains($"\"{category.Key}\"", StringComparison.Ordinal))
        .Select(category => $"{LineageView} leaves out '{category.Key}': what its events made would have no origin.");

    private static IEnumerable<string> OwnEventsOnly(Tree tree)
    {
        var owners = Owners(tree);
        var events = EventNames(tree).ToDictionary(e => e.Type, e => e.Name, StringComparer.Ordinal);
        return from folder in Folders(tree)
               from file in tree.SourcesUnder(folder)
               from made in Construction().Matches(file.Value).Select(m => m.Groups[1].Value).Distinct(StringComparer.Ordinal)
               where events.ContainsKey(made) && !owners[CategoryOf(events[made])].Contains(RoleOf(folder), StringComparer.Ordinal)
               select $"{file.Key} makes {events[made]}, an event of {string.Join(", ", owners[CategoryOf(events[made])])}.";
    }

    private static ILookup<string, string> Owners(Tree tree)
    {
        const string inserted = "INSERT INTO ledger.category";
        var tables = tree.Files.Where(f => f.Key.StartsWith("src/AgentOps.Ledger/Sql/scripts/", StringComparison.Ordinal))
            .SelectMany(f => f.Value.Split(inserted)[1..]).Select(table => table[..table.IndexOf(';', StringComparison.Ordinal)]);
        return tables.SelectMany(table => OwnerRow().Matches(table)).ToLookup(m => m.Groups[1].Value, m => m.Groups[2].Value, StringComparer.Ordinal);
    }

    private static IEnumerable<(string Type, string Name)> EventNames(Tree tree) => tree.SourcesUnder("src/AgentOps.Contracts")
        .SelectMany(f => Registration().Matches(f.Value)).Select(m => (m.Groups[1].Value, m.Groups[2].Value));

    // The steps of a run lie in the run's stream.
    private static string CategoryOf(string name) => name.Split('.')[0] is var first && first == "step" ? "run" : name.Split('.')[0];

    // services/PreferenceBuilder writes as preference_builder.
    private static string RoleOf(string folder) => Word().Replace(Path.GetFileName(folder), "_$0").ToLowerInvariant().TrimStart('_');

    [GeneratedRegex("[A-Z][a-z]+")]
    private static partial Regex Word();

    [GeneratedRegex(@"\('(\w+)', '(\w+)'\)")]
    private static partial Regex OwnerRow();

    [GeneratedRegex("EventType\\.Of<(\\w+)>\\(\"([^\"]+)\"\\)")]
    private static partial Regex Registration();

    [GeneratedRegex(@"\bnew (\w+)\s*[({]")]
    private static partial Regex Construction();
}
