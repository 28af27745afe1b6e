using System.Diagnostics;
using System.Text.Json;

namespace AgentOps.TrainBenchmark;

/// <summary>Python with its own torch in a process of its own, which waits between two measurements.</summary>
internal sealed class PythonProcess : IDisposable
{
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);
    private readonly Process _process;

    private PythonProcess(string environment, Process process) => (Environment, _process) = (environment, process);

    /// <summary>What its environment is, in a few words.</summary>
    public string Environment { get; }

    /// <param name="asked">The file that says what to train.</param>
    /// <param name="change">Of the environment that it inherits.</param>
    /// <exception cref="InvalidOperationException">There is no Python that has torch.</exception>
    public static PythonProcess Start(string environment, string asked, Action<IDictionary<string, string?>> change)
    {
        // Debian's torch belongs to Debian's Python.
        var start = new ProcessStartInfo(File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3", [Path.Combine(AppContext.BaseDirectory, "train_steps.py"), asked])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true,
        };
        change(start.Environment);
        var python = new PythonProcess(environment, Process.Start(start)!);
        var ready = python.Read<Ready>();
        Console.Error.WriteLine($"Python, {environment}: torch {ready.Torch}");
        return python;
    }

    public (double Seconds, double[] Losses) Run(string method, int steps)
    {
        _process.StandardInput.WriteLine(JsonSerializer.Serialize(new { method, steps }, Json));
        _process.StandardInput.Flush();
        var measured = Read<Measured>();
        return (measured.Seconds, measured.Losses);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private T Read<T>() => _process.StandardOutput.ReadLine() is { } line
        ? JsonSerializer.Deserialize<T>(line, Json)!
        : throw new InvalidOperationException($"Python, {Environment}, ended without an answer: read what it said above; its torch is Debian's python3-torch (apt-get install --no-install-recommends python3-torch python3-numpy).");

    private sealed record Ready(string Torch);

    private sealed record Measured(double Seconds, double[] Losses);
}
