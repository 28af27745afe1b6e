using AgentOps.Contracts;

namespace AgentOps.Learning;

/// <summary>An episode's reward, put together from what was recorded of it and what a reward model says of it.</summary>
public static class RewardParts
{
    /// <exception cref="ArgumentException">A weight is not finite, or there is none.</exception>
    public static void Check(RewardWeights? weights)
    {
        double?[] all = weights is null ? [] : [weights.Reward, weights.Success, weights.InvalidAction, weights.Turn, weights.Truncated, weights.Model];
        if (all.Any(weight => weight is { } given && !double.IsFinite(given)))
            throw new ArgumentException("A weight in 'reward' is not a finite number: give each part a finite one.");
        if (weights is not null && all.All(weight => weight is null or 0))
            throw new ArgumentException($"'reward' gives no part a weight: name some of {string.Join(", ", RewardWeights.Parts)}, or leave it out for the environment's reward.");
    }

    /// <summary>The episode with its reward made of these parts. An invalid action is charged to its turn, and so is the turn itself; what else there is comes with the last, of a team with the role's last.</summary>
    /// <param name="credit">Of a team: whether the others' turns and invalid actions count too, as they do where it is not <see cref="OnlineOptions.Split"/>.</param>
    /// <exception cref="InvalidDataException">Invalid actions count, and the episode does not say which were; or a score counts, and it has none.</exception>
    public static Rollout Weighed(Rollout rollout, RewardWeights weights, string? credit = null)
    {
        var parts = Of(rollout, weights, credit);
        var others = Counted(rollout, credit);
        var atEnd = parts.Where(part => part.Name is not ("invalidAction" or "turn")).Sum(part => part.Earned) + (weights.Turn ?? 0) * others.Turns + (weights.InvalidAction ?? 0) * others.Invalid;
        double[] byTurn = [.. rollout.Trained.Select((_, turn) => (weights.Turn ?? 0) + (rollout.Invalid?[turn] == true ? weights.InvalidAction ?? 0 : 0) + (turn == rollout.Trained.Length - 1 ? atEnd : 0))];
        return rollout with { Reward = parts.Sum(part => part.Earned), TurnRewards = byTurn };
    }

    /// <summary>What each part that has a weight earned: weight times part.</summary>
    /// <inheritdoc cref="Weighed"/>
    public static IReadOnlyList<(string Name, double Earned)> Of(Rollout rollout, RewardWeights weights, string? credit = null)
    {
        if (weights.InvalidAction is not null && rollout.Invalid is null)
            throw new InvalidDataException($"An episode of {rollout.Task} does not say which of its actions were invalid, and its reward depends on them.");
        if (weights.Model is not null && rollout.Score is null)
            throw new InvalidDataException($"An episode of {rollout.Task} has no score of a reward model, and its reward depends on it.");
        var others = Counted(rollout, credit);
        (string Name, double? Weight, double Part)[] parts =
        [
            ("reward", weights.Reward, rollout.Reward),
            ("success", weights.Success, !rollout.Truncated && rollout.Reward >= Success.FullReward ? 1 : 0),
            ("invalidAction", weights.InvalidAction, (rollout.Invalid?.Count(invalid => invalid) ?? 0) + others.Invalid),
            ("turn", weights.Turn, rollout.Trained.Length + others.Turns),
            ("truncated", weights.Truncated, rollout.Truncated ? 1 : 0),
            ("model", weights.Model, rollout.Score ?? 0),
        ];
        return [.. parts.Where(part => part.Weight is not null).Select(part => (part.Name, part.Weight!.Value * part.Part))];
    }

    /// <summary>What of the others' doings this role is paid for.</summary>
    private static TurnCounts Counted(Rollout rollout, string? credit) => rollout.OfOthers is { } others && credit != OnlineOptions.Split ? others : new(0, 0);
}
