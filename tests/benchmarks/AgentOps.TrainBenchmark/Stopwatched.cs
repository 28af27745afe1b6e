using System.Diagnostics;
using AgentOps.Learning;

namespace AgentOps.TrainBenchmark;

/// <summary>A training that is taken a few steps at a time.</summary>
internal sealed class Stopwatched(IEnumerable<StepReport> training) : IDisposable
{
    private readonly IEnumerator<StepReport> _training = training.GetEnumerator();
    private long _tokens;

    /// <summary>Takes the next steps.</summary>
    /// <returns>Tokens in a second, padding not counted, and each step's loss.</returns>
    public (double Speed, double[] Losses) Run(int steps)
    {
        var losses = new double[steps];
        var (before, started) = (_tokens, Stopwatch.GetTimestamp());
        for (var i = 0; i < steps; i++)
        {
            var report = _training.MoveNext() ? _training.Current : throw new InvalidOperationException($"The training ended before step {i + 1} of {steps}.");
            (losses[i], _tokens) = (report.Metrics["loss"], report.Tokens);
        }
        return ((_tokens - before) / Stopwatch.GetElapsedTime(started).TotalSeconds, losses);
    }

    public void Dispose() => _training.Dispose();
}
