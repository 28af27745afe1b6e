using System.Globalization;
using AgentOps.AppModel.Processes;

namespace AgentOps.AppModel.State;

/// <summary>The children of a stack, written down so that the next start can end them when this one is killed.</summary>
internal sealed class Leftovers(StateFolder home)
{
    private readonly Lock gate = new();
    private readonly Dictionary<int, string> running = [];
    private readonly string boot = ProcessTable.BootId();

    private string File => Path.Combine(home.Root, "processes");

    /// <summary>Notes a child that runs.</summary>
    public void Add(SessionProcess process) => Change(() => running[process.Id] =
        string.Create(CultureInfo.InvariantCulture, $"{process.Id} {process.StartTicks} {boot} {(int)process.Spec.StopSignal} {process.Mark} {process.Spec.Name}"));

    /// <summary>Forgets a child that has ended.</summary>
    public void Remove(SessionProcess process) => Change(() => running.Remove(process.Id));

    /// <summary>Ends what an earlier, killed stack left running, the latest started first, and returns their names.</summary>
    public async Task<IReadOnlyList<string>> EndAsync(CancellationToken cancellationToken)
    {
        var ended = new List<string>();
        var lines = System.IO.File.Exists(File) ? await System.IO.File.ReadAllLinesAsync(File, cancellationToken) : [];
        foreach (var fields in lines.Reverse().Select(line => line.Split(' ')).Where(f => f.Length == 6 && f[2] == boot))
        {
            var pid = int.Parse(fields[0], CultureInfo.InvariantCulture);
            var ticks = long.Parse(fields[1], CultureInfo.InvariantCulture);
            var lives = ProcessTable.StartTicks(pid) == ticks;
            if (lives)
            {
                ended.Add(fields[5]);
                await AskAsync(pid, ticks, (Signal)int.Parse(fields[3], CultureInfo.InvariantCulture), cancellationToken);
            }

            // The number is the session's own as long as its leader lives; the mark always.
            await SessionProcess.EndAllAsync(lives ? pid : null, fields[4]);
        }

        System.IO.File.Delete(File);
        return ended;
    }

    private static async Task AskAsync(int pid, long ticks, Signal signal, CancellationToken cancellationToken)
    {
        Signals.Send(pid, signal);
        for (var waited = 0; waited < 100 && ProcessTable.StartTicks(pid) == ticks; waited++)
        {
            await Task.Delay(100, cancellationToken);
        }
    }

    private void Change(Action change)
    {
        lock (gate)
        {
            change();
            System.IO.File.WriteAllLines(File + ".new", running.Values);
            System.IO.File.Move(File + ".new", File, overwrite: true);
        }
    }
}
