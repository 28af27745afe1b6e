using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>The states a resource goes through.</summary>
public static class KnownResourceStates
{
    /// <summary>Its process runs, its health gate has not opened yet.</summary>
    public const string Starting = "Starting";

    /// <summary>Running and healthy.</summary>
    public const string Running = "Running";

    /// <summary>Its process died; it starts again after a pause.</summary>
    public const string Exited = "Exited";

    /// <summary>It ran to its end, as it should.</summary>
    public const string Finished = "Finished";

    /// <summary>It was stopped with the application.</summary>
    public const string Stopped = "Stopped";
}

/// <summary>One moment in the life of one process of a resource; <paramref name="Starts"/> counts its process starts.</summary>
public sealed record ResourceEvent(IResource Resource, int Replica, string State, int? ProcessId, int? ExitCode, int Starts);

/// <summary>Tells who asks what happens to the resources.</summary>
public sealed class ResourceNotificationService
{
    private readonly Lock gate = new();
    private readonly List<ResourceEvent> history = [];
    private readonly List<Channel<ResourceEvent>> watchers = [];

    /// <summary>Everything that has happened so far and then what happens, until cancelled.</summary>
    public async IAsyncEnumerable<ResourceEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var channel = Channel.CreateUnbounded<ResourceEvent>();
        lock (gate)
        {
            history.ForEach(e => channel.Writer.TryWrite(e));
            watchers.Add(channel);
        }

        try
        {
            await foreach (var moment in channel.Reader.ReadAllAsync(cancellationToken))
            {
                yield return moment;
            }
        }
        finally
        {
            lock (gate)
            {
                watchers.Remove(channel);
            }
        }
    }

    /// <summary>Waits for the first moment that fits, past ones included.</summary>
    public async Task<ResourceEvent> WaitForResourceAsync(string resourceName, Func<ResourceEvent, bool> predicate, CancellationToken cancellationToken = default)
    {
        await foreach (var moment in WatchAsync(cancellationToken))
        {
            if (moment.Resource.Name == resourceName && predicate(moment))
            {
                return moment;
            }
        }

        throw new OperationCanceledException(cancellationToken);
    }

    internal void Publish(ResourceEvent moment)
    {
        lock (gate)
        {
            // A process that crashes for days must not fill the memory; half of the past is more than any watcher waits for.
            if (history.Count == 10_000)
            {
                history.RemoveRange(0, 5_000);
            }

            history.Add(moment);
            watchers.ForEach(w => w.Writer.TryWrite(moment));
        }
    }
}
