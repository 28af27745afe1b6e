using System.Text;
using Aspire.Hosting;

namespace AgentOps.AppModel.Tests;

/// <summary>A state folder for one test, and a way to see whether anything still runs that knows it.</summary>
public sealed class Home : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("agentops-test-").FullName;

    public StringWriter Output { get; } = new();

    public IDistributedApplicationBuilder CreateBuilder(string[]? args = null) =>
        DistributedApplication.CreateBuilder(new DistributedApplicationOptions { Home = Path, Output = TextWriter.Synchronized(Output), Args = args ?? [] });

    /// <summary>The processes that have the folder in their environment or on their command line; every child of a stack has.</summary>
    public IReadOnlyList<string> Processes() => ProcessesThatKnow(Path);

    public static IReadOnlyList<string> ProcessesThatKnow(string path) =>
        [.. Directory.EnumerateDirectories("/proc")
            .Where(folder => int.TryParse(System.IO.Path.GetFileName(folder), out var pid) && pid != Environment.ProcessId)
            .Select(folder => Read(folder, "cmdline") + Read(folder, "environ"))
            .Where(text => text.Contains(path, StringComparison.Ordinal))];

    public void Dispose()
    {
        Output.Dispose();
        Directory.Delete(Path, recursive: true);
    }

    private static string Read(string folder, string file)
    {
        try
        {
            return Encoding.UTF8.GetString(File.ReadAllBytes(System.IO.Path.Combine(folder, file))).Replace('\0', ' ');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
