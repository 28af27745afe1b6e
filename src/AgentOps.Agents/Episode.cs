using AgentOps.Environments;

namespace AgentOps.Agents;

/// <summary>The loop between one environment and one policy.</summary>
public static class Episode
{
    /// <summary>Plays one task to its end, to the turn limit or to the end of the policy's context. When policy or environment throws otherwise, the transcript has failed and keeps the turns so far.</summary>
    /// <param name="seed">Given to the policy with the transcript; it chooses among possible answers.</param>
    /// <exception cref="ArgumentException">The task belongs to another environment.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="ct"/> was cancelled: there is no transcript.</exception>
    public static Task<Transcript> PlayAsync(EnvironmentInfo info, TaskId task, IPolicy policy, long seed, CancellationToken ct = default) => PlayAsync(info, task, policy, seed, info.MaxTurns, ct);

    /// <summary>The same with a turn limit below the environment's.</summary>
    /// <param name="maxTurns">At least 1; above the environment's own it is the environment's.</param>
    /// <exception cref="ArgumentException">The task belongs to another environment, or there is no turn to play.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="ct"/> was cancelled: there is no transcript.</exception>
    public static async Task<Transcript> PlayAsync(EnvironmentInfo info, TaskId task, IPolicy policy, long seed, int maxTurns, CancellationToken ct = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxTurns);
        if (task.Environment != info.Name)
            throw new ArgumentException($"The task {task} belongs to the environment '{task.Environment}' and cannot be played in '{info.Name}'.", nameof(task));
        var transcript = new Transcript(task, info.Version, "", seed, [], new("", []));
        try
        {
            var world = info.Create();
            transcript = transcript with { Now = world.Reset(task), TaskType = world.TaskType };
            while (transcript.Outcome is null)
            {
                ct.ThrowIfCancellationRequested();
                var reply = Complete(await policy.ActAsync(transcript, ct), transcript);
                transcript = After(transcript, reply, world.Step(reply.Action), Math.Min(maxTurns, info.MaxTurns));
            }
            return transcript;
        }
        catch (PolicyExhaustedException exhausted)
        {
            return transcript with
            {
                Outcome = EpisodeOutcome.Truncated,
                Reward = transcript.Turns.Sum(turn => turn.Reward),
                Failure = $"Turn {transcript.Turns.Count + 1} of {task} was not played: {exhausted.Message}",
            };
        }
        catch (Exception e)
        {
            ct.ThrowIfCancellationRequested();
            return transcript with { Outcome = EpisodeOutcome.Failed, Failure = $"Turn {transcript.Turns.Count + 1} of {task} failed with {e.GetType().Name}: {e.Message}" };
        }
    }

    private static Transcript After(Transcript before, Reply reply, Outcome outcome, int maxTurns)
    {
        IReadOnlyList<Turn> turns = [.. before.Turns, new(before.Now.Text, ActionText.Recorded(reply.Action), outcome.Invalid, outcome.Reward, reply.Sampled, before.Now.Role)];
        EpisodeOutcome? end = outcome.Done ? EpisodeOutcome.Scored : turns.Count == maxTurns ? EpisodeOutcome.Truncated : null;
        return before with { Turns = turns, Now = outcome.Observation, Outcome = end, Reward = end is null ? null : turns.Sum(turn => turn.Reward) };
    }

    private static Reply Complete(Reply? reply, Transcript before)
    {
        if (reply?.Action is null)
            throw new InvalidOperationException("The policy answered without an action.");
        if (reply.Sampled is { } sampled && sampled.TokenIds.Length != sampled.LogProbs.Length)
            throw new InvalidOperationException($"The policy answered with {sampled.TokenIds.Length} sampled tokens but {sampled.LogProbs.Length} log-probabilities.");
        if (reply.Sampled is not null && before.OwnTurns.LastOrDefault()?.Sampled is { } last && !reply.Sampled.Extends(last))
            throw new InvalidOperationException("The policy's prompt does not extend the tokens before it, so that they could not be trained on as they were sampled.");
        return reply;
    }
}
