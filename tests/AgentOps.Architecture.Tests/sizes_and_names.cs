using System.Text.RegularExpressions;
using Xunit.Abstractions;

namespace AgentOps.Architecture.Tests;

/// <summary>Files small enough to be read whole, under names that say what is in them.</summary>
public sealed partial class SizesAndNames(ITestOutputHelper output)
{
    private const int LongFile = 300;
    private const int TooLongFile = 400;
    private const int ServiceProgram = 30;
    private const int HostProgram = 80;

    // torch.nn.utils is PyTorch's name, and its users look for it there.
    private static readonly string[] PyTorchsNames = ["src/AgentOps.Torch/TorchSharp/"];

    [Fact]
    public void Programs_are_short() => Rule.Holds(ShortPrograms);

    [Fact]
    public void A_program_of_more_than_30_lines_is_caught() =>
        Rule.Catches(ShortPrograms, Longer("services/Judge/Program.cs", 31), "services/Judge/Program.cs has 31 lines");

    [Fact]
    public void A_host_of_more_than_80_lines_is_caught() =>
        Rule.Catches(ShortPrograms, Longer("AgentOps.AppHost/Program.cs", 81), "AgentOps.AppHost/Program.cs has 81 lines");

    [Fact]
    public void No_file_is_longer_than_400_lines()
    {
        foreach (var (path, text) in Code(Tree.Here).Where(f => Lines(f.Value) > LongFile))
            output.WriteLine($"{path} has {Lines(text)} lines: is it one thing?");
        Rule.Holds(ShortFiles);
    }

    [Fact]
    public void A_file_of_401_lines_is_caught() => Rule.Catches(ShortFiles, Longer("services/Judge/Judges.cs", 401), "services/Judge/Judges.cs has 401 lines");

    [Fact]
    public void Names_say_what_a_thing_is() => Rule.Holds(TellingNames);

    [Theory]
    [InlineData("public static class JsonUtils", "JsonUtils")]
    [InlineData("internal sealed class ReplayHelper", "ReplayHelper")]
    [InlineData("public sealed class KeyManager", "KeyManager")]
    [InlineData("public abstract class JudgeBase", "JudgeBase")]
    [InlineData("internal sealed class ReplayImpl", "ReplayImpl")]
    public void A_name_that_says_nothing_is_caught(string declaration, string named) =>
        Rule.Catches(TellingNames, Tree.Here.With("services/Judge/Added.cs", declaration + ";\n"), named);

    [Theory]
    [InlineData("AgentOps.Core")]
    [InlineData("AgentOps.Common")]
    [InlineData("AgentOps.Shared")]
    [InlineData("AgentOps.Utils")]
    public void A_project_for_whatever_is_left_over_is_caught(string name) =>
        Rule.Catches(TellingNames, Tree.Here.WithProject($"src/{name}/{name}.csproj"), name);

    private static IEnumerable<string> ShortPrograms(Tree tree) =>
        from file in tree.Sources
        let most = file.Key == "AgentOps.AppHost/Program.cs" ? HostProgram
            : file.Key.StartsWith("services/", StringComparison.Ordinal) && file.Key.EndsWith("/Program.cs", StringComparison.Ordinal) ? ServiceProgram
            : int.MaxValue
        where Lines(file.Value) > most
        select $"{file.Key} has {Lines(file.Value)} lines; {most} are enough.";

    private static IEnumerable<string> ShortFiles(Tree tree) =>
        Code(tree).Where(f => Lines(f.Value) > TooLongFile).Select(f => $"{f.Key} has {Lines(f.Value)} lines; {TooLongFile} is the most.");

    private static IEnumerable<string> TellingNames(Tree tree) => tree.Projects
        .Where(p => EmptyProjectName().IsMatch(p.Name)).Select(p => $"{p.Name} is a project for whatever is left over.")
        .Concat(from file in tree.Sources
                where !PyTorchsNames.Any(folder => file.Key.StartsWith(folder, StringComparison.Ordinal))
                from declared in EmptyTypeName().Matches(file.Value)
                select $"{file.Key} declares {declared.Groups["name"].Value}: name what it is.");

    private static IEnumerable<KeyValuePair<string, string>> Code(Tree tree) =>
        tree.Files.Where(f => Path.GetExtension(f.Key) is ".cs" or ".cpp" or ".h" or ".sql" or ".py" or ".mjs");

    private static int Lines(string text) => text.AsSpan().TrimEnd('\n').Count('\n') + 1;

    private static Tree Longer(string path, int lines) =>
        Tree.Here.With(path, Tree.Here.Files[path].TrimEnd('\n') + string.Concat(Enumerable.Repeat("\n//", lines - Lines(Tree.Here.Files[path]))));

    [GeneratedRegex(@"(^|\.)(Core|Common|Shared|Utils?|Utilities|Helpers?|Misc)($|\.)")]
    private static partial Regex EmptyProjectName();

    // A base class is named for what its heirs have in common; "Base" says only that there are heirs.
    [GeneratedRegex(@"^[ \t]*(?:\w+ )*?(?:class|struct|interface|enum|record(?: class| struct)?) (?<name>\w*(?:Utils?|Utilities|Helpers?|Managers?|Impl))\b|^[ \t]*(?:\w+ )*abstract (?:\w+ )*(?:class|record) (?<name>\w+Base)\b", RegexOptions.Multiline)]
    private static partial Regex EmptyTypeName();
}
