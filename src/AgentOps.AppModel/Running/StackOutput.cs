using System.Diagnostics;
using AgentOps.AppModel.Processes;

namespace AgentOps.AppModel.Running;

/// <summary>What the runner tells its user, one plain line at a time.</summary>
internal sealed class StackOutput(TextWriter writer)
{
    private readonly Lock gate = new();
    private readonly long start = Stopwatch.GetTimestamp();

    public void Line(string subject, string text)
    {
        lock (gate)
        {
            writer.WriteLine($"{Stopwatch.GetElapsedTime(start).TotalSeconds,6:0.0} s  {subject,-20} {text}");
            writer.Flush();
        }
    }

    public void Ready(IProcessPlan plan, SessionProcess process) =>
        Line(plan.Name(), plan.Ports is [var port, ..] ? $"ready on {Loopback.Address}:{port} (process {process.Id})" : $"runs (process {process.Id})");

    public void Finished(string name) => Line(name, "done");

    public void Problem(string name, string text) => Line(name, text);

    public void Tail(string name, IReadOnlyList<string> lines)
    {
        lock (gate)
        {
            foreach (var line in lines)
            {
                writer.WriteLine($"         {name,-20} | {line}");
            }

            writer.Flush();
        }
    }
}
