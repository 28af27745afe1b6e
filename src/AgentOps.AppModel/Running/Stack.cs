using System.Collections.Concurrent;
using AgentOps.AppModel.Processes;
using AgentOps.AppModel.State;
using Aspire.Hosting.ApplicationModel;

namespace AgentOps.AppModel.Running;

/// <summary>The running application: brings the resources of a model up in the order of their waits, and down again.</summary>
/// <param name="longestPause">Before a process that crashed again and again is started again.</param>
internal sealed class Stack(IReadOnlyList<IResource> resources, StateFolder home, ProcessPlans plans, StackOutput output, ResourceNotificationService notifications, TimeSpan longestPause) : IAsyncDisposable
{
    private const int PortAttempts = 5;
    private static readonly TimeSpan LogPeriod = TimeSpan.FromSeconds(30);

    private readonly Leftovers leftovers = new(home);
    private readonly List<Supervisor> supervisors = [];
    private readonly HashSet<int> ports = [];
    private ConcurrentDictionary<IResource, Task> starts = [];
    private Timer? logKeeper;

    /// <summary>Ends what a killed stack left in this state folder.</summary>
    public async Task EndLeftoversAsync(CancellationToken cancellationToken)
    {
        foreach (var name in await leftovers.EndAsync(cancellationToken))
        {
            output.Line(name, "was left running by a stack that was killed; it is ended");
        }
    }

    /// <summary>
    /// Starts everything. When another program takes a port at that moment, what has started is stopped and started again with other ports,
    /// since others may have been told the lost one.
    /// </summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            Ports.Allocate(resources, ports);
            try
            {
                await StartAllAsync(cancellationToken);
                logKeeper ??= new Timer(_ => BoundLogs(), null, LogPeriod, LogPeriod);
                return;
            }
            catch (PortLostException e) when (attempt < PortAttempts)
            {
                output.Line(e.Resource.Name, "lost its port to another program; starting again with other ports");
                await StopAsync();
                Ports.Check(e.Resource);
                Ports.Forget(resources);
            }
            catch (PortLostException e)
            {
                throw new DistributedApplicationException(
                    $"'{e.Resource.Name}' lost its port to other programs {PortAttempts} times in a row: end the one that takes ports so eagerly.", e);
            }
        }
    }

    /// <summary>Stops services first, then RabbitMQ, its port mapper, and PostgreSQL last; those of one rank at the same time.</summary>
    public async Task StopAsync()
    {
        List<Supervisor> all;
        lock (supervisors)
        {
            all = [.. supervisors];
        }

        foreach (var rank in all.GroupBy(s => StopRank(s.Resource)).OrderBy(g => g.Key))
        {
            await Task.WhenAll(rank.Select(s => s.StopAsync()));
        }

        lock (supervisors)
        {
            supervisors.RemoveAll(all.Contains);
        }

        all.ForEach(s => s.Dispose());
    }

    /// <summary>Stops everything and the keeping of its logs.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (logKeeper is not null)
        {
            await logKeeper.DisposeAsync();
        }
    }

    /// <summary>Kills everything at once; a stop under way then ends quickly.</summary>
    public void Kill()
    {
        lock (supervisors)
        {
            supervisors.ForEach(s => s.Kill());
        }
    }

    /// <summary>The supervisors of one resource's processes.</summary>
    public IReadOnlyList<Supervisor> Of(IResource resource)
    {
        lock (supervisors)
        {
            return [.. supervisors.Where(s => s.Resource == resource)];
        }
    }

    private void BoundLogs()
    {
        try
        {
            foreach (var file in Directory.EnumerateFiles(home.Logs, "*.log"))
            {
                LogFile.Bound(file);
            }
        }
        catch (IOException e)
        {
            output.Line("logs", $"cannot be kept small: {e.Message}");
        }
    }

    private static int StopRank(IResource resource) => resource switch
    {
        RabbitMQServerResource => 1,
        PortMapperResource => 2,
        PostgresServerResource => 3,
        _ => 0,
    };

    private async Task StartAllAsync(CancellationToken cancellationToken)
    {
        starts = [];
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var open = resources.Where(r => !r.Annotations.OfType<ExplicitStartupAnnotation>().Any()).Select(r => StartOf(r, giveUp.Token)).ToList();
        while (open.Count > 0)
        {
            var next = await Task.WhenAny(open);
            open.Remove(next);
            try
            {
                await next;
            }
            catch
            {
                await giveUp.CancelAsync();
                await Task.WhenAll(open).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw;
            }
        }
    }

    private Task StartOf(IResource resource, CancellationToken cancellationToken)
    {
        lock (starts)
        {
            return starts.GetOrAdd(resource, r => Task.Run(() => StartCoreAsync(r, cancellationToken), cancellationToken));
        }
    }

    private async Task StartCoreAsync(IResource resource, CancellationToken cancellationToken)
    {
        var waits = resource.Annotations.OfType<WaitAnnotation>().Select(w => w.Resource);
        var parent = resource is IResourceWithParent child ? (IResource[])[child.Parent] : [];
        await Task.WhenAll(waits.Concat(parent).Distinct().Select(r => StartOf(r, cancellationToken))).WaitAsync(cancellationToken);
        if (resource is PostgresDatabaseResource database)
        {
            await plans.Of(database.Parent).CreateDatabaseAsync(database.DatabaseName, cancellationToken);
        }

        var started = new List<Task>();
        foreach (var plan in await plans.OfAsync(resource, cancellationToken))
        {
            started.Add(Supervise(plan, cancellationToken).StartAsync());
        }

        await Task.WhenAll(started).WaitAsync(cancellationToken);
    }

    private Supervisor Supervise(IProcessPlan plan, CancellationToken cancellationToken)
    {
        lock (supervisors)
        {
            // Under the same lock as StopAsync's look: a supervisor is either stopped by it or never made.
            cancellationToken.ThrowIfCancellationRequested();
            var supervisor = new Supervisor(plan, leftovers, notifications, output, longestPause);
            supervisors.Add(supervisor);
            return supervisor;
        }
    }
}
