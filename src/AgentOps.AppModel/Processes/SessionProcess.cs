using System.Diagnostics;

namespace AgentOps.AppModel.Processes;

/// <summary>How one child is started.</summary>
internal sealed record ProcessSpec(string Name, string Program, IReadOnlyList<string> Arguments, string WorkingDirectory, string LogFile)
{
    /// <summary>Variables set or, when null, removed.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>True when the child gets only <see cref="Environment"/> and a plain PATH.</summary>
    public bool OnlyThisEnvironment { get; init; }

    /// <summary>The user to run as, or null for the own one.</summary>
    public string? User { get; init; }

    public Signal StopSignal { get; init; } = Signal.Terminate;

    /// <summary>How long the child may take after its stop signal before it is killed.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(60);
}

/// <summary>A child in a session of its own, so that a terminal's Ctrl-C does not reach it; its output goes straight to its log file.</summary>
internal sealed class SessionProcess
{
    private readonly Process process;

    private SessionProcess(ProcessSpec spec, Process process, long startTicks, string mark)
    {
        this.process = process;
        Mark = mark;
        Spec = spec;
        Id = process.Id;
        StartTicks = startTicks;
        Exited = WaitAsync();
    }

    public ProcessSpec Spec { get; }

    public int Id { get; }

    public long StartTicks { get; }

    /// <summary>What the child and all that it starts have in their environment, and nobody else.</summary>
    public string Mark { get; }

    /// <summary>Ends with the exit code (128 + signal when killed), after the rest of its session has been ended too.</summary>
    public Task<int> Exited { get; }

    /// <summary>
    /// The exec chain setsid, bash, setpriv keeps the pid, so the child that .NET waits for is the program itself. It is bash because Debian's sh
    /// drops variables with a hyphen in their name, such as <c>services__preference-builder__http__0</c>.
    /// </summary>
    public static SessionProcess Start(ProcessSpec spec)
    {
        var start = new ProcessStartInfo("/usr/bin/setsid")
        {
            WorkingDirectory = spec.WorkingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])["/bin/bash", "-p", "-c", "log=$1; shift; exec \"$@\" </dev/null >>\"$log\" 2>&1", "bash", spec.LogFile])
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var argument in Command.As(spec.User, spec.Program, spec.Arguments))
        {
            start.ArgumentList.Add(argument);
        }

        var mark = Guid.NewGuid().ToString("N");
        Command.SetEnvironment(start, spec.Environment, spec.OnlyThisEnvironment);
        start.Environment["AGENTOPS_PROCESS"] = mark;
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return new SessionProcess(spec, process, ProcessTable.StartTicks(process.Id) ?? 0, mark);
    }

    /// <summary>Asks the child to end, then kills its session when the grace period is over.</summary>
    public async Task StopAsync()
    {
        if (!Exited.IsCompleted)
        {
            Signals.Send(Id, Spec.StopSignal);
        }

        if (await Task.WhenAny(Exited, Task.Delay(Spec.Grace)) != Exited)
        {
            Kill();
        }

        await Exited;
    }

    /// <summary>Kills the child and everything that it started at once.</summary>
    public void Kill()
    {
        if (!Exited.IsCompleted)
        {
            Kill(Id, Mark);
        }
    }

    /// <summary>Kills what lives of a session or has the mark, and what it starts meanwhile.</summary>
    public static async Task EndAllAsync(int? session, string mark)
    {
        for (var attempt = 0; attempt < 100 && Kill(session, mark); attempt++)
        {
            await Task.Delay(20);
        }
    }

    private static bool Kill(int? session, string mark)
    {
        var members = ProcessTable.Members(session, mark);
        foreach (var pid in members)
        {
            Signals.Send(pid, Signal.Kill);
        }

        return members.Count > 0;
    }

    private async Task<int> WaitAsync()
    {
        await process.WaitForExitAsync();
        await EndAllAsync(Id, Mark);
        var code = process.ExitCode;
        process.Dispose();
        return code;
    }
}
