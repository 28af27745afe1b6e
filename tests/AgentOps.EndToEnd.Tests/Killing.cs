using AgentOps.Contracts;
using AgentOps.Ledger;
using Aspire.Hosting.ApplicationModel;

namespace AgentOps.EndToEnd.Tests;

/// <summary>Processes killed with SIGKILL, and what must be true afterwards.</summary>
public static class Killing
{
    /// <summary>Kills a process when a fact of the run appears, and returns when the app model has brought it up again.</summary>
    public static async Task KillAsync(this Stack stack, string process, Guid run, Func<IEvent, bool> at)
    {
        await stack.Facts.WaitForAsync($"the fact at which {process} is killed", run, at);
        await stack.KillAsync(process);
    }

    /// <summary>Kills a process now, and returns when the app model has brought it up again.</summary>
    /// <param name="meanwhile">Done when it is dead.</param>
    public static async Task KillAsync(this Stack stack, string process, Func<Task>? meanwhile = null)
    {
        using var limit = new CancellationTokenSource(Patience.Limit);
        var pid = stack.PidOf(process);
        var moments = stack.App.ResourceNotifications;
        var life = (await moments.WaitForResourceAsync(process, e => e.ProcessId == pid, limit.Token)).Starts;
        stack.App.Kill(process);
        await moments.WaitForResourceAsync(process, e => e.State == KnownResourceStates.Exited && e.Starts == life, limit.Token);
        if (meanwhile is not null)
            await meanwhile();
        await moments.WaitForResourceAsync(process, e => e.State == KnownResourceStates.Running && e.Starts > life, limit.Token);
    }

    public static int PidOf(this Stack stack, string process) => Assert.Single(stack.App.GetProcessIds(process));

    /// <summary>The run ends once, with closed books, a ledger that verifies, views as rebuilt ones, whole artifacts, and the model of the run that nothing disturbed.</summary>
    public static async Task<IReadOnlyList<StoredEvent>> AssertAsUndisturbedAsync(this Stack stack, Guid run, string file = "small-loop.yaml")
    {
        var undisturbed = await stack.EndOfAsync(await stack.UndisturbedAsync(file));
        var facts = await stack.EndOfAsync(run);
        Books.AssertBalanced(facts);
        Assert.Equal(undisturbed.Promoted(), facts.Promoted());
        var report = await stack.Facts.VerifyAsync();
        Assert.True(report.Holds, report.Fault?.ToString());
        await stack.AssertEqualToRebuiltAsync();
        await stack.AssertArtifactsWholeAsync();
        return facts;
    }
}
