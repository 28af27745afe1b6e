using Aspire.Hosting.ApplicationModel;

namespace AgentOps.AppModel;

/// <summary>Something the machine must have: its Debian packages and how to see that it is there.</summary>
public sealed record Prerequisite(string Name, IReadOnlyList<string> Packages, Func<bool> Present);

/// <summary>What the stack needs on the machine, and how it gets there.</summary>
public static class Prerequisites
{
    /// <summary>The PostgreSQL server's programs.</summary>
    public static Prerequisite PostgreSql { get; } = new("PostgreSQL", ["postgresql"], () => PostgresBinaries.Present);

    internal static IReadOnlyList<Prerequisite> Of(IReadOnlyList<IResource> resources)
    {
        var kinds = resources.SelectMany(r => (IEnumerable<Prerequisite>)(r is PostgresServerResource ? [PostgreSql] : []));
        return [.. resources.SelectMany(r => r.Annotations.OfType<PrerequisiteAnnotation>()).SelectMany(a => a.Prerequisites).Concat(kinds).Distinct()];
    }

    /// <summary>Returns when everything is there. Throws <see cref="DistributedApplicationException"/> that names what is missing.</summary>
    public static Task EnsureAsync(IReadOnlyList<Prerequisite> needed, Action<string, string> progress, CancellationToken cancellationToken = default)
    {
        var missing = needed.Where(p => !p.Present()).ToList();
        return missing.Count == 0
            ? Task.CompletedTask
            : throw new DistributedApplicationException($"Missing: {string.Join(' ', missing.SelectMany(m => m.Packages))}.");
    }
}
