using AgentOps.Contracts;
using AgentOps.Learning;

namespace AgentOps.Trainer;

/// <summary>Averages the steps' metrics since the last report, so that training reaches the ledger at most once a second.</summary>
/// <param name="before">The last report's metrics of whoever held the training before.</param>
public sealed class Progress(TrainingId training, IReadOnlyDictionary<string, double> before)
{
    private readonly List<StepReport> _since = [];

    /// <summary>The last report's metrics, for the training's answer; empty before the first.</summary>
    public IReadOnlyDictionary<string, double> Last { get; private set; } = before;

    public void Add(StepReport report)
    {
        _since.Add(report);
        Last = report.Metrics;
    }

    /// <summary>The metrics since the last call.</summary>
    public TrainingProgressed Take()
    {
        var last = _since[^1];
        var averages = _since.SelectMany(report => report.Metrics).GroupBy(metric => metric.Key).ToDictionary(metric => metric.Key, metric => metric.Average(m => m.Value));
        _since.Clear();
        return new(training, last.Step, last.Steps, last.Tokens, averages);
    }
}
