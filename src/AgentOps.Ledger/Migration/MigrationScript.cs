using System.Reflection;
using AgentOps.Contracts;

namespace AgentOps.Ledger;

/// <summary>One embedded SQL file: a numbered script runs once and never changes, a function file runs again whenever its text differs.</summary>
internal sealed record MigrationScript(string Name, string Sql)
{
    public bool RunsOnce => Name.StartsWith("scripts/", StringComparison.Ordinal);

    /// <summary>The grants speak of all tables and functions, of those too that another file has made since.</summary>
    public bool RunsAlways => Name.EndsWith("_grants.sql", StringComparison.Ordinal);

    public string Hash => Digest.Of(System.Text.Encoding.UTF8.GetBytes(Sql)).ToString();

    /// <summary>All scripts, then all functions, each in the order of their names.</summary>
    public static IReadOnlyList<MigrationScript> All()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return [.. assembly.GetManifestResourceNames()
            .Where(name => name.EndsWith(".sql", StringComparison.Ordinal))
            .Select(name => new MigrationScript(name, Read(assembly, name)))
            .OrderByDescending(script => script.RunsOnce)
            .ThenBy(script => script.Name, StringComparer.Ordinal)];
    }

    private static string Read(Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
