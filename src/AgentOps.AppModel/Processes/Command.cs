using System.Diagnostics;
using System.Text;
using Aspire.Hosting.ApplicationModel;

namespace AgentOps.AppModel.Processes;

/// <summary>Short programs that are run to their end.</summary>
internal static class Command
{
    private const string PlainPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private const int MostOutput = 64 * 1024;

    /// <summary>The command line that runs a program as another user, or as it is when the user is null.</summary>
    public static IEnumerable<string> As(string? user, string program, IReadOnlyList<string> arguments)
    {
        IEnumerable<string> prefix = user is null ? [] : ["/usr/bin/setpriv", $"--reuid={user}", $"--regid={user}", "--init-groups", "--"];
        return [.. prefix, program, .. arguments];
    }

    /// <summary>Runs a program in a plain environment. Throws <see cref="DistributedApplicationException"/> with its output when it fails.</summary>
    public static async Task RunAsync(string? user, string workingDirectory, string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var (code, output) = await TryAsync(user, workingDirectory, program, arguments, cancellationToken);
        if (code != 0)
        {
            throw new DistributedApplicationException($"'{program} {string.Join(' ', arguments)}' ended with exit code {code}: {output.Trim()}");
        }
    }

    /// <summary>Runs a program in a plain environment and returns its exit code and the beginning of its output.</summary>
    public static async Task<(int Code, string Output)> TryAsync(
        string? user, string workingDirectory, string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var line = As(user, program, arguments).ToList();
        var start = new ProcessStartInfo(line[0], line.Skip(1))
        {
            WorkingDirectory = workingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        SetEnvironment(start, new Dictionary<string, string?>(), only: true);
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = new StringBuilder();
        void Collect(object sender, DataReceivedEventArgs e)
        {
            lock (output)
            {
                if (e.Data is not null && output.Length < MostOutput)
                {
                    output.AppendLine(e.Data);
                }
            }
        }

        process.OutputDataReceived += Collect;
        process.ErrorDataReceived += Collect;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await WaitAsync(process, cancellationToken);
        return (process.ExitCode, output.ToString());
    }

    /// <summary>Sets, or with null removes, variables; with <paramref name="only"/> nothing of the own environment is handed on.</summary>
    public static void SetEnvironment(ProcessStartInfo start, IReadOnlyDictionary<string, string?> variables, bool only)
    {
        if (only)
        {
            start.Environment.Clear();
            start.Environment["PATH"] = PlainPath;
            start.Environment["LANG"] = "C.UTF-8";
        }

        foreach (var (name, value) in variables)
        {
            if (value is null)
            {
                start.Environment.Remove(name);
            }
            else
            {
                start.Environment[name] = value;
            }
        }
    }

    private static async Task WaitAsync(Process process, CancellationToken cancellationToken)
    {
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
            throw;
        }
    }
}
