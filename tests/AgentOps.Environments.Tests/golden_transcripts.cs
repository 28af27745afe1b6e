using System.Runtime.CompilerServices;

namespace AgentOps.Environments.Tests;

/// <summary>
/// What each version of each environment says, word for word, is checked in. After a wanted change: raise the version in the environment's file,
/// run the tests once with AGENTOPS_WRITE_GOLDEN=1 and read the new file; versions.txt has gained a line, and its lines are only ever added.
/// </summary>
public class GoldenTranscripts
{
    [Theory, MemberData(nameof(Certification.Environments), MemberType = typeof(Certification))]
    public void An_environment_says_what_its_golden_transcript_says(string name)
    {
        var info = Catalogue.Find(name);
        var file = Path.Combine(Folder(), $"{name}-{info.Version}.txt");
        if (Environment.GetEnvironmentVariable("AGENTOPS_WRITE_GOLDEN") == "1" && !File.Exists(file))
        {
            File.WriteAllText(file, GoldenTranscript.Of(info));
            File.AppendAllText(Versions, $"{name} {info.Version} {info.VersionHash}\n");
        }
        Assert.Equal(File.ReadAllText(file), GoldenTranscript.Of(info));
    }

    [Theory, MemberData(nameof(Certification.Environments), MemberType = typeof(Certification))]
    public void A_changed_rule_needs_a_changed_version(string name)
    {
        var info = Catalogue.Find(name);
        Assert.Contains($"{name} {info.Version} {info.VersionHash}", File.ReadAllLines(Versions));
    }

    [Fact]
    public void A_version_has_one_hash_for_ever()
    {
        var versions = File.ReadAllLines(Versions).Select(line => line[..line.LastIndexOf(' ')]).ToList();
        Assert.Equal(versions.Distinct(), versions);
    }

    [Fact]
    public void The_version_hash_differs_with_name_version_and_behaviour()
    {
        var maze = Catalogue.Find("maze");
        EnvironmentInfo With(string version, Func<IEnvironment> create) => new("maze", version, 12, maze.TaskTypes, create) { Content = maze.Content, RandomCeiling = 1 };
        Assert.Equal(maze.VersionHash, With("1", maze.Create).VersionHash);
        Assert.NotEqual(maze.VersionHash, With("2", maze.Create).VersionHash);
        Assert.NotEqual(maze.VersionHash, With("1", () => new Shouting(maze.Create())).VersionHash);
    }

    private static string Versions => Path.Combine(Folder(), "versions.txt");

    private static string Folder([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "golden");

    /// <summary>The same world in another wording.</summary>
    private sealed class Shouting(IEnvironment inner) : IEnvironment
    {
        public string TaskType => inner.TaskType;

        public Observation Reset(TaskId task) => Loud(inner.Reset(task));

        public Outcome Step(string action)
        {
            var outcome = inner.Step(action);
            return outcome with { Observation = Loud(outcome.Observation) };
        }

        public string ExpertAction() => inner.ExpertAction();

        private static Observation Loud(Observation seen) => seen with { Text = seen.Text.ToUpperInvariant() };
    }
}
