using System.Diagnostics;

namespace AgentOps.EndToEnd.Tests;

/// <summary>The program <c>agentops</c> as a start of the stack has built it, in a process of its own whose output is a pipe.</summary>
public static class CommandLine
{
    public sealed record Ended(int Code, string Said, string Complained)
    {
        public IReadOnlyList<string> Lines => [.. Said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd())];

        public JsonElement Json => JsonDocument.Parse(Said).RootElement;
    }

    /// <summary>Runs a command to its end with a code that is expected.</summary>
    public static async Task<Ended> AgentOpsAsync(this Stack stack, int code, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Program(), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.Environment["AGENTOPS_URL"] = stack.App.GetEndpoint("gateway").ToString();
        start.Environment["AGENTOPS_HOME"] = stack.App.Home;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(Patience.Limit);
        var (said, complained) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
        await process.WaitForExitAsync(limit.Token);
        Ended ended = new(process.ExitCode, await said, await complained);
        Assert.True(ended.Code == code, $"agentops {string.Join(' ', arguments)} ended with {ended.Code} instead of {code}.\n{ended.Said}\n{ended.Complained}");
        return ended;
    }

    private static string Program()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "AgentOps.sln")))
                return Path.Combine(folder.FullName, "artifacts", "bin", "AgentOps.Cli", "release", "agentops.dll");
        throw new InvalidOperationException("The tests do not run below the solution's folder.");
    }
}
