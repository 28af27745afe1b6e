using System.Text.Json;
using Spectre.Console;

namespace AgentOps.Cli.Commands;

/// <summary>Follows a run: a live table on a terminal, a line for every change in a pipe.</summary>
public static class RunWatch
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(700);

    public static bool IsOver(JsonElement run) => run.Text("status") is "succeeded" or "failed" or "cancelled";

    /// <returns>0 where the run succeeded, 1 where it failed or was cancelled.</returns>
    public static async Task<int> FollowAsync(Gateway gateway, string id, CancellationToken ct) =>
        HasSucceeded(await WatchAsync(gateway, id, ct)) ? ExitCode.Success : ExitCode.Failed;

    public static bool HasSucceeded(JsonElement run) => run.Text("status") == "succeeded";

    /// <returns>The run once it has ended.</returns>
    public static Task<JsonElement> WatchAsync(Gateway gateway, string id, CancellationToken ct) =>
        Console.IsOutputRedirected ? LinesAsync(gateway, id, ct) : LiveAsync(gateway, id, ct);

    /// <summary>Waits for a run's end and shows nothing.</summary>
    public static async Task<JsonElement> EndAsync(Gateway gateway, string id, CancellationToken ct)
    {
        var run = await LookAsync(gateway, id, ct);
        for (; !IsOver(run); run = await LookAsync(gateway, id, ct))
            await Task.Delay(Interval, ct);
        return run;
    }

    private static async Task<JsonElement> LiveAsync(Gateway gateway, string id, CancellationToken ct)
    {
        var run = await LookAsync(gateway, id, ct);
        await AnsiConsole.Live(RunTable.Of(run)).StartAsync(async live =>
        {
            while (!IsOver(run))
            {
                live.UpdateTarget(RunTable.Of(run));
                await Task.Delay(Interval, ct);
                run = await LookAsync(gateway, id, ct);
            }
            live.UpdateTarget(RunTable.Of(run));
        });
        return run;
    }

    private static Task<JsonElement> LookAsync(Gateway gateway, string id, CancellationToken ct) => Patience.AskAsync(() => RunCommands.RunAsync(gateway, id, ct), ct);

    private static async Task<JsonElement> LinesAsync(Gateway gateway, string id, CancellationToken ct)
    {
        var said = new Dictionary<string, string>();
        while (true)
        {
            var run = await LookAsync(gateway, id, ct);
            foreach (var step in run.GetProperty("steps").EnumerateArray())
            {
                var line = $"{step.Text("path")} {step.Text("status")} {RunTable.Progress(step)} {step.Text("reason")}".TrimEnd();
                if (step.Text("status") is not ("pending" or "") && said.GetValueOrDefault(step.Text("path")) != line)
                    Console.WriteLine(said[step.Text("path")] = line);
            }
            if (IsOver(run))
            {
                Console.WriteLine($"{id} {RunTable.Ended(run)} {run.Text("reason")}".TrimEnd());
                return run;
            }
            await Task.Delay(Interval, ct);
        }
    }
}
