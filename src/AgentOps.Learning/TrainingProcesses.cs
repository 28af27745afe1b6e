using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using AgentOps.Contracts;
using AgentOps.Torch;

namespace AgentOps.Learning;

/// <summary>The further processes of a training that takes each step in several, and the group in which this one is the first. None of them is left when this is disposed, or when this process ends in any way.</summary>
public sealed class TrainingProcesses : IDisposable
{
    private static readonly TimeSpan ToDie = TimeSpan.FromSeconds(10);
    private readonly List<Process> _others = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("agentops-training-").FullName;
    private readonly string?[] _said;
    private ProcessGroup? _group;

    private TrainingProcesses(int others) => _said = new string?[others];

    /// <summary>For <see cref="TrainingJob.Open(TrainWork, string, IEnumerable{string}, string?, TorchSharp.torch.Device?, ProcessGroup?)"/>.</summary>
    public ProcessGroup Group => _group!;

    internal IReadOnlyList<Process> Others => _others;

    /// <summary>Starts them and returns when all have met. Each opens the same job from the same folders.</summary>
    /// <param name="threads">Of each process.</param>
    /// <exception cref="TrainingProcessEndedException">One ended before it began.</exception>
    public static TrainingProcesses Start(TrainWork work, string modelFolder, IReadOnlyList<string> lines, string? stateFolder, int threads)
    {
        var size = Settings.Processes(work.Options) ?? 1;
        var started = new TrainingProcesses(size - 1);
        try
        {
            var meeting = Path.Combine(started._folder, "meeting");
            for (var rank = 1; rank < size; rank++)
                started.Start(new TrainingProcess.Request(work, modelFolder, stateFolder, meeting, rank, size, threads, lines));
            foreach (var process in started._others)
                if (process.StandardOutput.ReadLine() != TrainingProcess.Ready)
                    throw new TrainingProcessEndedException(started.Ended() ?? "A process of the training said something else than that it is ready.");
            started._group = ProcessGroup.Open(meeting, 0, size);
            return started;
        }
        catch
        {
            started.Dispose();
            throw;
        }
    }

    /// <returns>Which of the others was the first to end with a failure, in a sentence; null where none has.</returns>
    public string? Ended()
    {
        var waited = Stopwatch.StartNew();
        bool HasEnded(Process process) => process.WaitForExit(TimeSpan.FromTicks(Math.Max(0, (ToDie - waited.Elapsed).Ticks)));
        var failed = Enumerable.Range(0, _others.Count).Where(i => HasEnded(_others[i]) && _others[i].ExitCode != 0).ToList();
        if (failed.Count == 0)
            return null;
        // Without the first, the rest cannot go on and fail as well.
        var first = failed.MinBy(i => _others[i].ExitTime);
        // With a limit it does not wait for what the process said last.
        _others[first].WaitForExit();
        return $"Process {first + 2} of the training's {_others.Count + 1} ended with exit code {_others[first].ExitCode}{(_said[first] is { } last ? $" and said: {last.TrimEnd('.')}" : "")}.";
    }

    /// <summary>Ends the others, also where this process waits for them in a step: that fails then.</summary>
    public void Kill()
    {
        foreach (var process in _others)
            process.Kill();
    }

    public void Dispose()
    {
        Kill();
        foreach (var process in _others)
        {
            process.WaitForExit();
            process.Dispose();
        }
        _group?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>What a service is given to reach others with; a process that only computes needs none of it.</summary>
    private static bool IsSecret(string name) => name.StartsWith("ConnectionStrings__", StringComparison.OrdinalIgnoreCase) || name is "AGENTOPS_SERVICE_KEY" or "AGENTOPS_SUBJECT_KEYS";

    private void Start(TrainingProcess.Request request)
    {
        // The runtime's own folder is shared/Microsoft.NETCore.App/VERSION below the program that runs it.
        var dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
        var start = new ProcessStartInfo(dotnet, [Path.Combine(AppContext.BaseDirectory, "AgentOps.Learning.dll")]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in start.Environment.Keys.Where(IsSecret).ToArray())
            start.Environment.Remove(name);
        var process = Process.Start(start)!;
        var place = _others.Count;
        _others.Add(process);
        process.ErrorDataReceived += (_, line) => _said[place] = string.IsNullOrWhiteSpace(line.Data) ? _said[place] : line.Data;
        process.BeginErrorReadLine();
        process.StandardInput.WriteLine(JsonSerializer.Serialize(request, EventRegistry.Json));
        process.StandardInput.Flush();
    }
}

/// <summary>A training of several processes lost one. The next attempt starts them anew.</summary>
public sealed class TrainingProcessEndedException(string message, Exception? inner = null) : Exception(message, inner);
