using System.Text.RegularExpressions;

namespace AgentOps.Architecture.Tests;

/// <summary>What every project has: its place in the solution, its tests, its versions in one file, and nothing that installs or mocks.</summary>
public sealed partial class Projects
{
    private static readonly string[] Mocking = ["Moq", "NSubstitute", "FakeItEasy", "JustMock", "RhinoMocks", "Rocks", "Castle.Core", "AutoFixture", "LightMock", "Telerik.JustMock"];

    [Fact]
    public void Every_project_is_in_the_solution() => Rule.Holds(InTheSolution);

    [Fact]
    public void A_project_that_nobody_builds_is_caught() =>
        Rule.Catches(InTheSolution, Tree.Here.WithProject("tests/AgentOps.Quotas.Tests/AgentOps.Quotas.Tests.csproj"), "AgentOps.Quotas.Tests.csproj");

    [Fact]
    public void Every_library_and_service_has_a_test_project() => Rule.Holds(HasTests);

    [Fact]
    public void A_service_without_a_test_project_is_caught() =>
        Rule.Catches(HasTests, Tree.Here.WithProject("services/Archive/AgentOps.Archive.csproj"), "AgentOps.Archive");

    [Fact]
    public void Every_test_project_has_a_test() => Rule.Holds(TestsAreThere);

    [Fact]
    public void A_test_project_of_nothing_is_caught() => Rule.Catches(
        TestsAreThere, Tree.Here.WithProject("tests/AgentOps.Quotas.Tests/AgentOps.Quotas.Tests.csproj").With("tests/AgentOps.Quotas.Tests/Sample.cs", "class Sample;"), "AgentOps.Quotas.Tests");

    [Fact]
    public void No_mocking_framework_is_referenced() => Rule.Holds(NoMocks);

    [Fact]
    public void A_mocking_framework_is_caught() =>
        Rule.Catches(NoMocks, Tree.Here.WithProject("tests/AgentOps.Agents.Tests/AgentOps.Agents.Tests.csproj", "<PackageReference Include=\"NSubstitute\" />"), "NSubstitute");

    [Fact]
    public void Versions_stand_in_one_file() => Rule.Holds(CentralVersions);

    [Fact]
    public void A_version_in_a_project_is_caught() =>
        Rule.Catches(CentralVersions, Tree.Here.WithProject("src/AgentOps.Cli/AgentOps.Cli.csproj", "<PackageReference Include=\"Npgsql\" Version=\"9.0.0\" />"), "Npgsql");

    [Fact]
    public void Building_runs_no_command_of_ours() => Rule.Holds(NoCommands);

    [Fact]
    public void A_build_that_installs_something_is_caught() =>
        Rule.Catches(NoCommands, Tree.Here.WithProject("src/AgentOps.Torch/AgentOps.Torch.csproj", "<Target Name=\"Get\"><Exec Command=\"apt-get install g++\" /></Target>"), "AgentOps.Torch");

    [Fact]
    public void Tests_that_reach_torch_bring_it_to_the_machine() => Rule.Holds(TorchIsBrought);

    [Fact]
    public void Tests_that_expect_torch_to_be_there_are_caught() =>
        Rule.Catches(TorchIsBrought, Tree.Here.WithProject("tests/AgentOps.Judge.Tests/AgentOps.Judge.Tests.csproj", "<ProjectReference Include=\"../../src/AgentOps.Learning/AgentOps.Learning.csproj\" />"), "AgentOps.Judge.Tests");

    private static IEnumerable<string> InTheSolution(Tree tree)
    {
        var listed = SolutionPath().Matches(tree.Files["AgentOps.sln"]).Select(m => m.Groups[1].Value.Replace('\\', '/')).ToHashSet(StringComparer.Ordinal);
        return tree.Projects.Where(p => !listed.Contains(p.Path)).Select(p => $"{p.Path} is not in AgentOps.sln: nobody builds or tests it.");
    }

    private static IEnumerable<string> HasTests(Tree tree)
    {
        var names = tree.Projects.Select(p => p.Path).ToHashSet(StringComparer.Ordinal);
        return tree.Projects.Where(p => (p.IsLibrary || p.IsService) && !names.Contains($"tests/{p.Name}.Tests/{p.Name}.Tests.csproj"))
            .Select(p => $"{p.Name} has no test project tests/{p.Name}.Tests.");
    }

    private static IEnumerable<string> TestsAreThere(Tree tree) => tree.Projects
        .Where(p => p.Name.EndsWith(".Tests", StringComparison.Ordinal) && !tree.SourcesUnder(p.Folder).Any(f => Test().IsMatch(f.Value)))
        .Select(p => $"{p.Name} has no test.");

    private static IEnumerable<string> NoMocks(Tree tree) =>
        from project in tree.Projects
        from package in project.Packages
        where Mocking.Any(m => package.StartsWith(m, StringComparison.OrdinalIgnoreCase))
        select $"{project.Name} references {package}: tests use the real thing or a small one of their own.";

    private static IEnumerable<string> CentralVersions(Tree tree) =>
        from project in tree.Projects
        from package in project.Xml.Descendants("PackageReference")
        where package.Attribute("Version") is not null || package.Attribute("VersionOverride") is not null
        select $"{project.Name} gives {(string?)package.Attribute("Include")} a version of its own: versions stand in Directory.Packages.props.";

    private static IEnumerable<string> NoCommands(Tree tree) =>
        tree.Projects.Where(p => p.Xml.Descendants("Exec").Any()).Select(p => $"{p.Name} runs a command while it is built; what a machine needs is brought by Prerequisites, visibly.");

    private static IEnumerable<string> TorchIsBrought(Tree tree)
    {
        var projects = tree.Projects;
        return projects.Where(p => p.Name.EndsWith(".Tests", StringComparison.Ordinal) && p.Closure(projects).Contains("AgentOps.Torch"))
            .Where(p => !p.Xml.Descendants("Compile").Any(c => (string?)c.Attribute("Include") == "../TorchOnThisMachine.cs"))
            .Select(p => $"{p.Name} reaches AgentOps.Torch without tests/TorchOnThisMachine.cs, so it fails where libtorch is not installed yet.");
    }

    [GeneratedRegex(@"\[(Fact|Theory)\w*[\](,]")]
    private static partial Regex Test();

    [GeneratedRegex("\"([^\"]+\\.csproj)\"")]
    private static partial Regex SolutionPath();
}
