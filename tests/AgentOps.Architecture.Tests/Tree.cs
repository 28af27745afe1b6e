using System.Collections.Immutable;
using System.Xml.Linq;

namespace AgentOps.Architecture.Tests;

/// <summary>The repository's text files by their path from the root. The rules are functions of it, so that a changed copy shows that a rule can fail.</summary>
internal sealed record Tree(ImmutableSortedDictionary<string, string> Files)
{
    private static readonly string[] Read = [".cs", ".csproj", ".props", ".sln", ".sql", ".md", ".cpp", ".h", ".sh", ".yaml", ".py", ".mjs", ""];

    // What builds, runs and package managers leave behind.
    private static readonly string[] Left = [".git", ".agentops", "artifacts", "bin", "obj", "node_modules"];

    private static readonly Lazy<Tree> Repository = new(() => Load(Root()));

    public static Tree Here => Repository.Value;

    public IReadOnlyList<Project> Projects =>
        [.. Files.Where(f => f.Key.EndsWith(".csproj", StringComparison.Ordinal)).Select(f => Project.Parse(f.Key, f.Value))];

    public IEnumerable<KeyValuePair<string, string>> Sources => Files.Where(f => f.Key.EndsWith(".cs", StringComparison.Ordinal));

    public IEnumerable<KeyValuePair<string, string>> SourcesUnder(string folder) => Sources.Where(f => f.Key.StartsWith(folder + "/", StringComparison.Ordinal));

    public Tree With(string path, string text) => new(Files.SetItem(path, text));

    public Tree Without(string path) => Files.ContainsKey(path)
        ? new(Files.Remove(path))
        : throw new ArgumentException($"There is no {path} to take away.", nameof(path));

    public Tree Replacing(string path, string part, string other) => Files[path].Contains(part, StringComparison.Ordinal)
        ? With(path, Files[path].Replace(part, other, StringComparison.Ordinal))
        : throw new ArgumentException($"{path} does not contain '{part}'.", nameof(part));

    /// <summary>A project that does not exist, or another text for one that does.</summary>
    public Tree WithProject(string path, params string[] references) =>
        With(path, $"<Project><ItemGroup>{string.Concat(references)}</ItemGroup></Project>");

    private static Tree Load(string root) => new(Walk(root)
        .Where(path => Read.Contains(Path.GetExtension(path), StringComparer.Ordinal))
        .ToImmutableSortedDictionary(path => Path.GetRelativePath(root, path), File.ReadAllText, StringComparer.Ordinal));

    private static IEnumerable<string> Walk(string folder) => Directory.EnumerateFiles(folder)
        .Concat(Directory.EnumerateDirectories(folder).Where(inner => !Left.Contains(Path.GetFileName(inner), StringComparer.Ordinal)).SelectMany(Walk));

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "AgentOps.sln")))
                return folder.FullName;
        }

        throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} holds AgentOps.sln: these tests read the sources.");
    }
}

/// <summary>A project file: where it is, and what it asks for. References are paths from the repository's root.</summary>
internal sealed record Project(string Path, IReadOnlyList<string> References, IReadOnlyList<string> Packages, IReadOnlyList<string> Frameworks, XElement Xml)
{
    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    public string Folder => Path[..Path.LastIndexOf('/')];

    public bool IsService => Path.StartsWith("services/", StringComparison.Ordinal);

    public bool IsLibrary => Path.StartsWith("src/", StringComparison.Ordinal);

    public bool IsTest => Path.StartsWith("tests/", StringComparison.Ordinal);

    /// <summary>The projects that come along with this one.</summary>
    public IReadOnlySet<string> Closure(IReadOnlyList<Project> all)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        var open = new Queue<Project>([this]);
        while (open.TryDequeue(out var next))
        {
            foreach (var reference in all.Where(p => next.References.Contains(p.Path, StringComparer.Ordinal) && found.Add(p.Name)))
                open.Enqueue(reference);
        }

        return found;
    }

    public static Project Parse(string path, string text)
    {
        var xml = XElement.Parse(text);
        return new(path, [.. Included("ProjectReference").Select(r => Resolved(path, r))], [.. Included("PackageReference")], [.. Included("FrameworkReference")], xml);

        IEnumerable<string> Included(string item) => xml.Descendants(item).Select(e => (string?)e.Attribute("Include")).OfType<string>();
    }

    private static string Resolved(string path, string reference) =>
        System.IO.Path.GetFullPath(System.IO.Path.Combine("/", System.IO.Path.GetDirectoryName(path)!, reference.Replace('\\', '/')))[1..];
}
