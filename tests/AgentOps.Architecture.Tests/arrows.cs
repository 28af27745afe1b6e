namespace AgentOps.Architecture.Tests;

/// <summary>Who may reference whom. An arrow that is not listed here is a decision to be taken, not a line to be added in passing.</summary>
public sealed class Arrows
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["AgentOps.Contracts"] = [],
        ["AgentOps.Proofs"] = [],
        ["AgentOps.Environments"] = [],
        ["AgentOps.Torch"] = [],
        ["AgentOps.AppModel"] = [],
        ["AgentOps.Ledger"] = ["AgentOps.Contracts", "AgentOps.Proofs", "AgentOps.Artifacts"],
        ["AgentOps.Artifacts"] = ["AgentOps.Contracts"],
        ["AgentOps.Subjects"] = ["AgentOps.Contracts", "AgentOps.Artifacts"],
        ["AgentOps.Models"] = ["AgentOps.Contracts"],
        ["AgentOps.Agents"] = ["AgentOps.Environments"],
        ["AgentOps.Learning"] = ["AgentOps.Torch", "AgentOps.Models", "AgentOps.Environments"],
        ["AgentOps.Exports"] = ["AgentOps.Contracts", "AgentOps.Proofs", "AgentOps.Artifacts"],
        ["AgentOps.Hosting"] = ["AgentOps.Contracts", "AgentOps.Ledger", "AgentOps.Artifacts", "AgentOps.Subjects"],
        ["AgentOps.Cli"] = ["AgentOps.Contracts", "AgentOps.Artifacts", "AgentOps.Ledger", "AgentOps.Exports"],
        ["AgentOps.Verify"] = ["AgentOps.Proofs"],
        ["AgentOps.AppHost"] = ["AgentOps.AppModel"],
    };

    // Libraries of whoever starts the stack or talks to it from outside: no service is made of them.
    private static readonly string[] NotForServices = ["AgentOps.AppModel", "AgentOps.Cli", "AgentOps.Verify"];

    // Every process reads the one; whoever verifies offline reads the other whole, and trusts nothing else.
    private static readonly string[] Alone = ["AgentOps.Contracts", "AgentOps.Proofs"];

    private const string Verifier = "src/AgentOps.Verify/AgentOps.Verify.csproj";

    private static readonly string[] ReachTorch = ["AgentOps.Learning", "AgentOps.Trainer"];

    [Fact]
    public void Libraries_and_the_host_reference_only_what_is_below_them() => Rule.Holds(DownwardsOnly);

    [Fact]
    public void An_arrow_that_points_up_is_caught() =>
        Rule.Catches(DownwardsOnly, Adding("src/AgentOps.Models/AgentOps.Models.csproj", "../AgentOps.Learning/AgentOps.Learning.csproj"), "AgentOps.Models references AgentOps.Learning");

    [Fact]
    public void A_library_without_a_place_in_the_table_is_caught() =>
        Rule.Catches(DownwardsOnly, Tree.Here.WithProject("src/AgentOps.Caching/AgentOps.Caching.csproj"), "AgentOps.Caching");

    [Fact]
    public void A_host_that_references_a_service_is_caught() =>
        Rule.Catches(DownwardsOnly, Adding("AgentOps.AppHost/AgentOps.AppHost.csproj", "../services/Judge/AgentOps.Judge.csproj"), "AgentOps.AppHost references AgentOps.Judge");

    [Fact]
    public void Services_reference_libraries_and_never_each_other() => Rule.Holds(ServicesStandAlone);

    [Fact]
    public void A_service_that_references_another_is_caught() =>
        Rule.Catches(ServicesStandAlone, Adding("services/Judge/AgentOps.Judge.csproj", "../Generator/AgentOps.Generator.csproj"), "AgentOps.Judge references services/Generator");

    [Fact]
    public void Contracts_and_proofs_depend_on_nothing() => Rule.Holds(SomeAreAlone);

    [Fact]
    public void Proofs_that_need_the_contracts_are_caught() =>
        Rule.Catches(SomeAreAlone, Adding("src/AgentOps.Proofs/AgentOps.Proofs.csproj", "../AgentOps.Contracts/AgentOps.Contracts.csproj"), "AgentOps.Proofs depends on src/AgentOps.Contracts");

    [Fact]
    public void A_package_in_contracts_is_caught() => Rule.Catches(
        SomeAreAlone, Tree.Here.WithProject("src/AgentOps.Contracts/AgentOps.Contracts.csproj", "<PackageReference Include=\"MassTransit\" />"), "MassTransit");

    [Fact]
    public void The_auditors_program_is_proofs_and_nothing_else_and_nothing_else_needs_it() => Rule.Holds(VerifierStandsAlone);

    [Fact]
    public void An_auditors_program_with_a_package_is_caught() => Rule.Catches(
        VerifierStandsAlone, Tree.Here.WithProject(Verifier, "<PackageReference Include=\"Spectre.Console\" />"), "AgentOps.Verify depends on Spectre.Console");

    [Fact]
    public void An_auditors_program_that_reaches_the_ledger_is_caught() =>
        Rule.Catches(VerifierStandsAlone, Adding(Verifier, "../AgentOps.Ledger/AgentOps.Ledger.csproj"), "AgentOps.Verify depends on src/AgentOps.Ledger");

    [Fact]
    public void A_command_line_that_is_made_of_the_auditors_program_is_caught() =>
        Rule.Catches(VerifierStandsAlone, Adding("src/AgentOps.Cli/AgentOps.Cli.csproj", "../AgentOps.Verify/AgentOps.Verify.csproj"), "AgentOps.Cli references AgentOps.Verify");

    [Fact]
    public void Proofs_that_speak_to_a_network_are_caught() =>
        Rule.Catches(NoNetwork, Tree.Here.With("src/AgentOps.Proofs/Added.cs", "using System.Net.Http;"), "src/AgentOps.Proofs/Added.cs");

    [Fact]
    public void What_an_auditor_runs_speaks_to_no_network() => Rule.Holds(NoNetwork);

    [Fact]
    public void Only_training_reaches_torch() => Rule.Holds(OnlyTrainingReachesTorch);

    [Fact]
    public void Serving_that_reaches_torch_through_another_library_is_caught() =>
        Rule.Catches(OnlyTrainingReachesTorch, Adding("services/Serving/AgentOps.Serving.csproj", "../../src/AgentOps.Learning/AgentOps.Learning.csproj"), "AgentOps.Serving");

    [Fact]
    public void Nothing_that_ships_references_a_test() => Rule.Holds(NoArrowIntoTests);

    [Fact]
    public void A_library_that_references_a_test_is_caught() =>
        Rule.Catches(NoArrowIntoTests, Adding("src/AgentOps.Cli/AgentOps.Cli.csproj", "../../tests/AgentOps.Cli.Tests/AgentOps.Cli.Tests.csproj"), "AgentOps.Cli");

    private static IEnumerable<string> DownwardsOnly(Tree tree)
    {
        var projects = tree.Projects;
        foreach (var project in projects.Where(p => p.IsLibrary || p.Name == "AgentOps.AppHost"))
        {
            if (!Allowed.TryGetValue(project.Name, out var allowed))
                yield return $"{project.Name} has no place in the table of allowed references.";
            else
                foreach (var reference in Names(project).Except(allowed, StringComparer.Ordinal))
                    yield return $"{project.Name} references {reference}, which is not below it.";
        }
    }

    private static IEnumerable<string> ServicesStandAlone(Tree tree) =>
        from project in tree.Projects.Where(p => p.IsService)
        from reference in project.References
        where !reference.StartsWith("src/", StringComparison.Ordinal) || NotForServices.Any(n => reference.EndsWith($"/{n}.csproj", StringComparison.Ordinal))
        select $"{project.Name} references {reference}: a service references libraries of src/ only, and none of {string.Join(", ", NotForServices)}.";

    private static IEnumerable<string> SomeAreAlone(Tree tree) =>
        from project in tree.Projects
        where Alone.Contains(project.Name, StringComparer.Ordinal)
        from dependency in (IEnumerable<string>)[.. project.References, .. project.Packages, .. project.Frameworks]
        select $"{project.Name} depends on {dependency}; it depends on nothing, so that all can stand on it.";

    private static IEnumerable<string> VerifierStandsAlone(Tree tree) =>
    [
        .. from project in tree.Projects
        where project.Path == Verifier
        from dependency in (IEnumerable<string>)[.. project.References.Where(r => !r.EndsWith("/AgentOps.Proofs.csproj", StringComparison.Ordinal)), .. project.Packages, .. project.Frameworks]
        select $"{project.Name} depends on {dependency}; an auditor reads it whole, and AgentOps.Proofs, and trusts nothing else.",
        .. tree.Projects.Where(p => !p.IsTest && p.References.Any(r => r == Verifier)).Select(p => $"{p.Name} references AgentOps.Verify; what both do stands in AgentOps.Proofs."),
    ];

    private static IEnumerable<string> NoNetwork(Tree tree) => tree.Sources
        .Where(f => (f.Key.StartsWith("src/AgentOps.Proofs/", StringComparison.Ordinal) || f.Key.StartsWith("src/AgentOps.Verify/", StringComparison.Ordinal)) && f.Value.Contains("System.Net", StringComparison.Ordinal))
        .Select(f => $"{f.Key} names System.Net; whoever verifies needs the file and no network.");

    private static IEnumerable<string> OnlyTrainingReachesTorch(Tree tree)
    {
        var projects = tree.Projects;
        return projects.Where(p => !p.IsTest && !ReachTorch.Contains(p.Name, StringComparer.Ordinal) && p.Closure(projects).Contains("AgentOps.Torch"))
            .Select(p => $"{p.Name} reaches AgentOps.Torch; only {string.Join(" and ", ReachTorch)} may.");
    }

    private static IEnumerable<string> NoArrowIntoTests(Tree tree) =>
        tree.Projects.Where(p => !p.IsTest && p.References.Any(r => r.StartsWith("tests/", StringComparison.Ordinal)))
            .Select(p => $"{p.Name} references a test project.");

    private static IEnumerable<string> Names(Project project) => project.References.Select(r => Path.GetFileNameWithoutExtension(r));

    private static Tree Adding(string project, string reference) =>
        Tree.Here.Replacing(project, "</Project>", $"<ItemGroup><ProjectReference Include=\"{reference}\" /></ItemGroup></Project>");
}
