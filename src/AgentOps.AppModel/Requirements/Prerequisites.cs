using Aspire.Hosting.ApplicationModel;

namespace AgentOps.AppModel;

/// <summary>Something the machine must have: what it is called, the Debian packages that bring it, and how to see that it is there.</summary>
public sealed record Prerequisite(string Name, IReadOnlyList<string> Packages, Func<bool> Present);

/// <summary>What the stack needs on the machine, and how it gets there; the same for the application and for tests.</summary>
public static class Prerequisites
{
    /// <summary>The PostgreSQL server's programs.</summary>
    public static Prerequisite PostgreSql { get; } = new("PostgreSQL server", ["postgresql"], () => PostgresBinaries.Present);

    /// <summary>The RabbitMQ server and the Erlang it runs on.</summary>
    public static Prerequisite RabbitMq { get; } = new(
        "RabbitMQ server", ["rabbitmq-server"], () => File.Exists(Running.RabbitMqPlan.Program) && File.Exists("/usr/bin/epmd"));

    /// <summary>The C++ compiler that builds the binding to libtorch.</summary>
    public static Prerequisite Compiler { get; } = new("C++ compiler", ["g++"], () => File.Exists("/usr/bin/g++"));

    /// <summary>libtorch with its headers; LIBTORCH points at another one.</summary>
    public static Prerequisite LibTorch { get; } = new(
        "libtorch", ["libtorch-dev", "libgloo-dev"], () => OtherLibTorch || (HasLibrary("libtorch_cpu.so") && File.Exists("/usr/include/ATen/ATen.h") && File.Exists("/usr/include/gloo/config.h")));

    /// <summary>The matrix library that libtorch calls; Debian's default one is about thirty times slower.</summary>
    public static Prerequisite OpenBlas { get; } = new(
        "OpenBLAS with OpenMP", ["libopenblas0-openmp"], () => OtherLibTorch || HasLibrary("openblas-openmp/libopenblas.so.0"));

    /// <summary>Everything that training needs.</summary>
    public static IReadOnlyList<Prerequisite> Torch { get; } = [Compiler, LibTorch, OpenBlas];

    /// <summary>Everything that anything needs.</summary>
    public static IReadOnlyList<Prerequisite> All { get; } = [PostgreSql, RabbitMq, .. Torch];

    private static bool OtherLibTorch => Environment.GetEnvironmentVariable("LIBTORCH") is { Length: > 0 };

    /// <summary>
    /// Returns when everything needed is there; installs what is missing where it may (root or sudo on a system with apt).
    /// With AGENTOPS_NO_INSTALL=1, or where it may not, it throws <see cref="DistributedApplicationException"/> with the line that would.
    /// </summary>
    public static async Task EnsureAsync(IReadOnlyList<Prerequisite> needed, Action<string, string>? progress = null, CancellationToken cancellationToken = default)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new DistributedApplicationException($"The stack runs on Linux; here these would be needed: {Names(needed)}.");
        }

        var missing = Missing(needed);
        if (missing.Count == 0)
        {
            return;
        }

        if (Environment.GetEnvironmentVariable("AGENTOPS_NO_INSTALL") is { Length: > 0 } and not "0")
        {
            throw new DistributedApplicationException($"Missing on this machine: {Names(missing)}. To install them: {DebianPackages.CommandLine(Packages(missing))}");
        }

        await DebianPackages.InstallAsync(Names(missing), Packages(missing), progress ?? ((_, _) => { }), cancellationToken);
        if (Missing(needed) is { Count: > 0 } still)
        {
            throw new DistributedApplicationException($"After installing {string.Join(' ', Packages(missing))} this is still missing: {Names(still)}.");
        }
    }

    internal static IReadOnlyList<Prerequisite> Of(IReadOnlyList<IResource> resources)
    {
        var servers = resources.SelectMany(r => (IEnumerable<Prerequisite>)(r switch
        {
            PostgresServerResource => [PostgreSql],
            RabbitMQServerResource => [RabbitMq],
            _ => [],
        }));
        return [.. servers.Concat(resources.SelectMany(r => r.Annotations.OfType<PrerequisiteAnnotation>()).SelectMany(a => a.Prerequisites)).Distinct()];
    }

    private static List<Prerequisite> Missing(IReadOnlyList<Prerequisite> needed) => [.. needed.Where(p => !p.Present())];

    private static string Names(IEnumerable<Prerequisite> some) => string.Join(", ", some.Select(p => p.Name));

    private static List<string> Packages(IEnumerable<Prerequisite> some) => [.. some.SelectMany(p => p.Packages).Distinct()];

    private static bool HasLibrary(string name) =>
        Directory.EnumerateDirectories("/usr/lib", "*-linux-gnu").Any(folder => File.Exists(Path.Combine(folder, name)));
}
