using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security;
using AgentOps.AppModel.State;
using Aspire.Hosting.ApplicationModel;

namespace AgentOps.AppModel.Running;

/// <summary>Builds all projects of an application with one <c>dotnet build</c>, once, and knows where their assemblies are.</summary>
internal sealed class ProjectBuild(IReadOnlyList<IResource> resources, StateFolder home, StackOutput output) : IDisposable
{
    private const int ShownErrors = 20;

    // What `dotnet test` and `dotnet run` build as well: nothing is built twice.
    private const string Configuration = "Release";

    private readonly SemaphoreSlim gate = new(1, 1);
    private readonly ConcurrentDictionary<string, string> assemblies = new(StringComparer.Ordinal);
    private bool built;

    /// <summary>The built assembly of a project. Throws <see cref="DistributedApplicationException"/> with the compiler's errors when the build fails.</summary>
    public async Task<string> AssemblyOfAsync(ProjectResource project, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            if (!built)
            {
                await BuildAsync(cancellationToken);
                built = true;
            }
        }
        finally
        {
            gate.Release();
        }

        return assemblies.TryGetValue(NameOf(project.ProjectPath), out var assembly)
            ? assembly
            : throw new DistributedApplicationException($"The build of {project.ProjectPath} named no assembly: is it a program that can be run?");
    }

    private List<ProjectResource> Projects => [.. resources.OfType<ProjectResource>()];

    private string Memory => Path.Combine(home.Builds, "last");

    public void Dispose() => gate.Dispose();

    private static string NameOf(string projectPath) => Path.GetFileNameWithoutExtension(projectPath);

    private async Task BuildAsync(CancellationToken cancellationToken)
    {
        // Taken before the build: what is edited while it runs must count as a change the next time.
        var sources = string.Join(' ', [Configuration, Environment.Version, BuildFingerprint.OfSources(Projects, home.Root), .. Projects.Select(p => p.ProjectPath)]);
        if (await IsUpToDateAsync(sources, cancellationToken))
        {
            output.Line("build", "nothing has changed since the last one");
            return;
        }

        await RunAsync(cancellationToken);
        await RememberAsync(sources, cancellationToken);
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        DotNet.RequireSdk();
        var projects = Projects.Select(p => p.ProjectPath).Distinct().ToList();
        var solution = Path.Combine(home.Builds, "stack.slnx");
        await File.WriteAllTextAsync(solution,
            $"<Solution>{string.Concat(projects.Select(p => $"<Project Path=\"{SecurityElement.Escape(p)}\" />"))}</Solution>", cancellationToken);
        output.Line("build", $"{projects.Count} projects ({Configuration})");
        using var alone = await BuildLock.TakeAsync(projects[0], output, cancellationToken);
        var log = home.LogOf("build");
        using var process = Start(solution);
        await using var writer = new StreamWriter(log) { AutoFlush = true };
        var errors = new HashSet<string>(StringComparer.Ordinal);
        using var stop = cancellationToken.Register(() => process.Kill(entireProcessTree: true));
        while (await process.StandardOutput.ReadLineAsync(CancellationToken.None) is { } line)
        {
            await writer.WriteLineAsync(line);
            Read(line, errors);
        }

        await process.WaitForExitAsync(CancellationToken.None);
        cancellationToken.ThrowIfCancellationRequested();
        if (process.ExitCode != 0)
        {
            output.Tail("build", [.. errors.Take(ShownErrors)]);
            throw new DistributedApplicationException($"The build failed with {errors.Count} errors; all of its output is in {log}.");
        }
    }

    /// <summary>Takes the last build's assemblies when nothing has changed since.</summary>
    private async Task<bool> IsUpToDateAsync(string sources, CancellationToken cancellationToken)
    {
        if (!File.Exists(Memory))
        {
            return false;
        }

        var lines = await File.ReadAllLinesAsync(Memory, cancellationToken);
        var known = lines.Skip(2).Select(line => line.Split('\t')).ToDictionary(f => f[0], f => f[^1]);
        if (lines[0] != sources || lines[1] != OfAssemblies(known.Values))
        {
            return false;
        }

        foreach (var (name, assembly) in known)
        {
            assemblies[name] = assembly;
        }

        return true;
    }

    private Task RememberAsync(string sources, CancellationToken cancellationToken) => File.WriteAllLinesAsync(
        Memory, [sources, OfAssemblies(assemblies.Values), .. assemblies.Select(a => $"{a.Key}\t{a.Value}")], cancellationToken);

    private static string OfAssemblies(IEnumerable<string> paths) => BuildFingerprint.OfFiles(paths.Select(path => new FileInfo(path)));

    // A project that the solution's projects reference and the solution does not list is built in its own default configuration, whatever -c says, unless MSBuild is told not to unset it.
    // No build server may outlive the stack, hence the last option.
    private static Process Start(string solution)
    {
        var start = new ProcessStartInfo(DotNet.Program,
            ["build", solution, "-c", Configuration, "-p:ShouldUnsetParentConfigurationAndPlatform=false", "-nologo", "-v:minimal", "-tl:off", "--disable-build-servers"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = false,
            WorkingDirectory = Path.GetDirectoryName(solution)!,
        };
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("MSBuild", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(name);
        }

        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    // MSBuild says "Name -> /path/Name.dll" for every project, built or up to date.
    private void Read(string line, HashSet<string> errors)
    {
        if (line.Split(" -> ", 2) is [var name, var path] && path.EndsWith(".dll", StringComparison.Ordinal))
        {
            assemblies[name.Trim()] = path;
            output.Line("build", name.Trim());
        }
        else if (line.Contains(": error ", StringComparison.Ordinal))
        {
            errors.Add(line.Trim());
        }
    }
}
