using System.Globalization;
using Aspire.Hosting.ApplicationModel;

namespace AgentOps.AppModel;

/// <summary>Where the machine's PostgreSQL server programs are.</summary>
internal static class PostgresBinaries
{
    private const string Root = "/usr/lib/postgresql";

    /// <summary>True when a server is installed.</summary>
    public static bool Present => Versions().Any();

    /// <summary>The folder of the newest server's programs.</summary>
    public static string Newest() => FolderOf(Versions().Max());

    /// <summary>The folder of the programs that made a data folder. Throws <see cref="DistributedApplicationException"/> when that version is gone.</summary>
    public static string FolderFor(string dataFolder)
    {
        var version = int.Parse(File.ReadAllText(Path.Combine(dataFolder, "PG_VERSION")), CultureInfo.InvariantCulture);
        return Versions().Contains(version)
            ? FolderOf(version)
            : throw new DistributedApplicationException(
                $"The data in {dataFolder} were made by PostgreSQL {version}, which is not installed: install postgresql-{version} or upgrade the data with pg_upgrade.");
    }

    private static string FolderOf(int version) => Path.Combine(Root, version.ToString(CultureInfo.InvariantCulture), "bin");

    private static IEnumerable<int> Versions() => Directory.Exists(Root)
        ? Directory.EnumerateDirectories(Root)
            .Where(d => File.Exists(Path.Combine(d, "bin", "initdb")) && File.Exists(Path.Combine(d, "bin", "postgres")))
            .Select(d => int.TryParse(Path.GetFileName(d), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0)
            .Where(version => version > 0)
        : [];
}
