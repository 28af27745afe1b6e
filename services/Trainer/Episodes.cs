using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Learning;
using AgentOps.Ledger;
using AgentOps.Subjects;

namespace AgentOps.Trainer;

/// <summary>What Generator played for a training, read from the ledger as it was recorded.</summary>
public sealed class Episodes(LedgerStore ledger, ArtifactStore artifacts, SubjectKeys subjects)
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    /// <summary>Waits until an attempt's generation is over.</summary>
    /// <param name="givenUp">Whether nobody waits for the attempt any more; asked at every look.</param>
    /// <returns>False where that is so.</returns>
    /// <exception cref="EpisodesLackingException">It failed or was cancelled.</exception>
    public async Task<bool> WaitAsync(GenerationId generation, int attempt, Func<CancellationToken, Task<bool>> givenUp, CancellationToken ct)
    {
        while (true)
        {
            var seen = await ledger.HeadAsync(ct);
            switch (await ledger.ReadStreamAsync(generation.Stream(), ct: ct).Select(stored => stored.Data).LastOrDefaultAsync(data => Answers(data, attempt), ct))
            {
                case GenerationCompleted:
                    return true;
                case GenerationFailed failed:
                    throw new EpisodesLackingException($"The episodes of generation {generation} could not be played: {failed.Reason}");
                case GenerationCancelled:
                    throw new EpisodesLackingException($"Generation {generation} was cancelled.");
            }
            if (await givenUp(ct))
                return false;
            await BeyondAsync(seen, ct);
        }
    }

    /// <param name="learners">The roles of a team that learn; none: there is one agent.</param>
    /// <returns>In the order of tasks, samples and roles, those that have a reward and what was sampled, of a team's episode one for each role that learns; and how many have not.</returns>
    public async Task<(IReadOnlyList<Rollout> Played, int Failed)> ReadAsync(GenerationId generation, IReadOnlyList<string> learners, CancellationToken ct)
    {
        TrajectoryId[] order = [.. (await ledger.ShardsAsync(generation, ct)).SelectMany(shard => shard.Trajectories).Select(trajectory => trajectory.Trajectory)];
        var tokens = new ShardTokens(artifacts, subjects);
        string?[] roles = learners.Count == 0 ? [null] : [.. learners.Order(StringComparer.Ordinal)];
        var played = new Dictionary<TrajectoryId, List<Rollout>>();
        await foreach (var trajectory in ledger.TrajectoriesAsync(order, ct))
            foreach (var role in roles)
                if (trajectory.Reward is { } reward && trajectory.TokensOf(role) is { } slice)
                {
                    played.TryAdd(trajectory.Trajectory, []);
                    played[trajectory.Trajectory].Add(Of(trajectory, role, reward, await tokens.ReadAsync(slice, trajectory.Subject, ct)));
                }
        Rollout[] rollouts = [.. order.Where(played.ContainsKey).SelectMany(trajectory => played[trajectory])];
        return (rollouts, order.Length * roles.Length - rollouts.Length);
    }

    private Rollout Of(TrajectoryRecorded trajectory, string? role, double reward, SampledTokens sampled)
    {
        var all = subjects.Decrypt(trajectory).Turns;
        var (turns, others) = (all.Where(turn => turn.Role == role).ToArray(), all.Where(turn => turn.Role != role).ToArray());
        return new(trajectory.Task, sampled.Ids, sampled.Trained, sampled.LogProbs, reward, [.. turns.Select(turn => turn.Observation)], [.. turns.Select(turn => turn.Invalid)], trajectory.Outcome is EpisodeOutcome.Truncated,
            Role: role, OfOthers: role is null ? null : new(others.Length, others.Count(turn => turn.Invalid)));
    }

    private static bool Answers(IEvent data, int attempt) => data switch
    {
        GenerationCompleted => true,
        GenerationFailed failed => failed.Step.Attempt >= attempt,
        GenerationCancelled cancelled => cancelled.Step.Attempt >= attempt,
        _ => false,
    };

    /// <summary>Returns when something was appended, or after a while.</summary>
    private async Task BeyondAsync(long seen, CancellationToken ct)
    {
        using var pause = CancellationTokenSource.CreateLinkedTokenSource(ct);
        pause.CancelAfter(LookAgain);
        try
        {
            await ledger.WaitBeyondAsync(seen, pause.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // Nothing came, and nobody ended the wait: look again.
        }
    }
}

/// <summary>The episodes of an online training could not be played.</summary>
public sealed class EpisodesLackingException(string message) : Exception(message);
