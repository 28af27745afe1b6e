using AgentOps.Contracts;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace AgentOps.Ledger;

/// <summary>The bus as the relay sees it.</summary>
public interface IRelayPublisher
{
    /// <summary>Declares every queue and binding, before the first publish of a leader.</summary>
    Task DeclareTopologyAsync(CancellationToken ct);

    /// <summary>Completes when the broker has confirmed the message.</summary>
    /// <exception cref="ReturnedMessageException">No queue takes it.</exception>
    Task PublishAsync(WakeUp message, CancellationToken ct);
}

/// <summary>The broker gave a message back because no queue is bound for it.</summary>
public sealed class ReturnedMessageException(string message) : Exception(message);

/// <summary>The relay stands still: to go on would be to lose a message.</summary>
public sealed class RelayStoppedException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>Publishes the ledger's events as wake-ups, in order of position and at least once. Every service hosts one; the one that holds the lock works.</summary>
/// <param name="connectionString">Any service's; the lock lives on a connection outside the pool.</param>
/// <param name="knows">Which event types this version has heard of. At any other it stands still and gives the lock up: a newer process may know who waits for it.</param>
/// <param name="wakes">Which event types anybody waits for; the others are passed over.</param>
/// <param name="confirmWithin">How long a confirmation is waited for before everything behind the cursor is published anew; 15 s where nothing else is said.</param>
public sealed class Relay(string connectionString, IRelayPublisher publisher, Func<string, bool> knows, Func<string, bool> wakes, ILogger<Relay> log, TimeSpan? confirmWithin = null)
{
    // A broker that died between a publish and its confirmation may never answer, nor the client say so.
    private readonly TimeSpan _confirmWithin = confirmWithin ?? TimeSpan.FromSeconds(15);

    private static readonly TimeSpan TryAgainAfter = TimeSpan.FromSeconds(1);

    // Longer than the others wait between two looks at the lock, so that one of them gets it.
    private static readonly TimeSpan StandBackFor = TimeSpan.FromSeconds(15);

    /// <summary>Runs until cancelled, as leader or waiting to become it.</summary>
    /// <exception cref="RelayStoppedException">A message was returned, and the cursor stands before it; or the cursor is ahead of the ledger.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        while (true)
        {
            try
            {
                await using var leadership = await RelayLeadership.TakeAsync(connectionString, ct);
                log.LogInformation("This process relays events from position {Position} on", leadership.Confirmed + 1);
                await publisher.DeclareTopologyAsync(ct).WaitAsync(_confirmWithin, ct);
                while (true)
                    await RelayWindowAsync(leadership, ct);
            }
            catch (RelayStoppedException)
            {
                throw;
            }
            catch (UnknownEventException newer)
            {
                log.LogWarning("{Reason}", newer.Message);
                await Task.Delay(StandBackFor, ct);
            }
            catch (Exception cause) when (!ct.IsCancellationRequested)
            {
                log.LogWarning(cause, "The relay lost the database or the broker and starts again behind the last confirmed position");
                await Task.Delay(TryAgainAfter, ct);
            }
        }
    }

    private async Task RelayWindowAsync(RelayLeadership leadership, CancellationToken ct)
    {
        var window = await leadership.NextWindowAsync(ct);
        if (window.Count == 0)
        {
            await leadership.WaitForMoreAsync(ct);
            return;
        }
        var known = window.TakeWhile(wake => knows(wake.Type)).ToArray();
        if (known.Length == 0)
            throw new UnknownEventException($"Event {window[0].Position} is of type {window[0].Type}, which this version does not know: the relay waits for a newer process to take over.");
        await PublishAsync(leadership, known, ct);
    }

    private async Task PublishAsync(RelayLeadership leadership, IReadOnlyList<WakeUp> window, CancellationToken ct)
    {
        // All are on their way before the first is awaited, and all have settled before the cursor moves.
        var confirmations = window.Select(wake => wakes(wake.Type) ? publisher.PublishAsync(wake, ct).WaitAsync(_confirmWithin, ct) : Task.CompletedTask).ToArray();
        await Task.WhenAll(confirmations).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var contiguous = confirmations.TakeWhile(confirmation => confirmation.IsCompletedSuccessfully).Count();
        if (contiguous > 0)
            await leadership.ConfirmAsync(window[contiguous - 1].Position, ct);
        if (contiguous < window.Count)
            await FailAsync(confirmations[contiguous], window[contiguous]);
    }

    private static async Task FailAsync(Task confirmation, WakeUp wake)
    {
        try
        {
            await confirmation;
        }
        catch (ReturnedMessageException cause)
        {
            throw new RelayStoppedException(
                $"The broker returned event {wake.Position} ({wake.Type} of '{wake.Stream}'): declare a queue for it, then start the relay again.", cause);
        }
    }
}
