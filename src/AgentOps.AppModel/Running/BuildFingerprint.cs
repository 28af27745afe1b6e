using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AgentOps.AppModel.State;
using Aspire.Hosting.ApplicationModel;

namespace AgentOps.AppModel.Running;

/// <summary>
/// Says whether files have changed by their path, size and time: as long as neither the sources nor the assemblies of a build have,
/// building again would change nothing.
/// </summary>
internal static class BuildFingerprint
{
    private static readonly HashSet<string> NotSources = new(StringComparer.Ordinal) { "bin", "obj", "artifacts", "node_modules" };

    /// <summary>Every file of the solutions that the projects belong to, without what builds and stacks write there.</summary>
    public static string OfSources(IEnumerable<ProjectResource> projects, string home)
    {
        var roots = projects.Select(p => Path.GetDirectoryName(p.ProjectPath)!).Select(folder => Location.SolutionAbove(folder) ?? folder);
        return OfFiles(roots.Distinct().SelectMany(root => Sources(new DirectoryInfo(root), home)));
    }

    /// <summary>The given files, there or not.</summary>
    public static string OfFiles(IEnumerable<FileInfo> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files.OrderBy(file => file.FullName, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(Line(file)));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string Line(FileInfo file) => file.Exists
        ? string.Create(CultureInfo.InvariantCulture, $"{file.FullName} {file.Length} {file.LastWriteTimeUtc.Ticks}\n")
        : $"{file.FullName} is gone\n";

    private static IEnumerable<FileInfo> Sources(DirectoryInfo folder, string home)
    {
        var inside = folder.EnumerateDirectories()
            .Where(d => !NotSources.Contains(d.Name) && !d.Name.StartsWith('.') && d.LinkTarget is null && d.FullName != home);
        return folder.EnumerateFiles().Concat(inside.SelectMany(d => Sources(d, home)));
    }
}
