using System.Globalization;
using Aspire.Hosting.ApplicationModel;

namespace AgentOps.AppModel.State;

/// <summary>Keeps a second stack out of a state folder; the kernel lets go of it however its holder ends.</summary>
internal sealed class StateLock : IDisposable
{
    private readonly FileStream stream;

    private StateLock(FileStream stream) => this.stream = stream;

    /// <summary>Takes the lock. Throws <see cref="DistributedApplicationException"/> that says who holds it.</summary>
    public static StateLock Take(StateFolder home)
    {
        var holder = Path.Combine(home.Root, "lock.holder");
        if (FileLock.TryTake(PathOf(home)) is not { } stream)
        {
            var who = File.Exists(holder) ? File.ReadAllText(holder) : "another process";
            throw new DistributedApplicationException(
                $"The state folder {home.Root} is in use by {who}: stop that stack first, or set AGENTOPS_HOME (and AGENTOPS_PORT) to run a second one beside it.");
        }

        var now = DateTimeOffset.Now.ToString("yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture);
        File.WriteAllText(holder, $"process {Environment.ProcessId} of user {Environment.UserName} since {now}");
        return new StateLock(stream);
    }

    /// <summary>True while a stack runs on the folder.</summary>
    public static bool IsHeld(StateFolder home)
    {
        if (!File.Exists(PathOf(home)))
        {
            return false;
        }

        using var taken = FileLock.TryTake(PathOf(home));
        return taken is null;
    }

    public void Dispose() => stream.Dispose();

    private static string PathOf(StateFolder home) => Path.Combine(home.Root, "lock");
}
