using System.Diagnostics;
using AgentOps.AppModel.Processes;

namespace AgentOps.AppModel.Tests;

/// <summary>This assembly's <see cref="Program"/> as a process of its own.</summary>
internal sealed class HostProcess : IDisposable
{
    private readonly Process process;

    private HostProcess(Process process) => this.process = process;

    public int Id => process.Id;

    public static HostProcess Start(string application, string home, IReadOnlyDictionary<string, string>? environment = null, string? guest = null)
    {
        string[] arguments = guest is null ? [application, home] : [application, home, guest];
        var start = new ProcessStartInfo(DotNet.Program, [typeof(Program).Assembly.Location, .. arguments]) { RedirectStandardOutput = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return new HostProcess(Process.Start(start)!);
    }

    /// <summary>Reads output until a line holds the text. Fails with all output when the process ends first.</summary>
    public async Task WaitForAsync(string text)
    {
        var seen = new List<string>();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            seen.Add(line);
            if (line.Contains(text, StringComparison.Ordinal))
            {
                return;
            }
        }

        Assert.Fail($"The application ended without '{text}': {string.Join('\n', seen)}");
    }

    public void Send(Signal signal) => Signals.Send(process.Id, signal);

    /// <summary>Waits for the end; returns the exit code and the rest of the output.</summary>
    /// <exception cref="OperationCanceledException">It does not end: it may have been started with the signal ignored.</exception>
    public async Task<(int Code, string Output)> EndAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, output);
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill();
        }

        process.Dispose();
    }
}
