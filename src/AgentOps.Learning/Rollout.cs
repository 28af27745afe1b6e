using AgentOps.Models;

namespace AgentOps.Learning;

/// <summary>An episode that the model played, as an online method learns from it.</summary>
/// <param name="Task">Episodes of one task are a group, whose rewards are compared with each other.</param>
/// <param name="Ids">All token ids.</param>
/// <param name="Trained">Start and length of each turn's sampled tokens.</param>
/// <param name="LogProbs">Of the sampled tokens in their order, when they were sampled: natural logarithms of the untempered softmax.</param>
/// <param name="Reward">The episode's.</param>
/// <param name="States">What the agent was told before each turn.</param>
/// <param name="Invalid">Which turns' actions the environment did not understand; null: not known.</param>
/// <param name="Truncated">The episode was cut off before the environment ended it.</param>
/// <param name="TurnRewards">What each turn earned, where not all of the reward comes with the last.</param>
/// <param name="Score">What the training's reward model says of the episode; null: none was asked.</param>
/// <param name="Role">Whose part of a team's episode it is: then ids, states and turns are that role's own. Null: there is one agent.</param>
/// <param name="OfOthers">Of a team: what the other roles did in the episode; null: there are none.</param>
public sealed record Rollout(
    string Task, int[] Ids, int[][] Trained, float[] LogProbs, double Reward, IReadOnlyList<string> States, IReadOnlyList<bool>? Invalid = null, bool Truncated = false, double[]? TurnRewards = null, double? Score = null,
    string? Role = null, TurnCounts? OfOthers = null)
{
    /// <summary>What its reward is compared within: attempts at one task, and of a team those of one role, since another is told something else (AT-GRPO, arXiv:2510.11062).</summary>
    public (string Task, string? Role) Group => (Task, Role);

    /// <summary>What each turn earned.</summary>
    public double[] ByTurn() => TurnRewards ?? [.. Trained.Select((_, turn) => turn == Trained.Length - 1 ? Reward : 0)];

    /// <exception cref="InvalidDataException">The parts do not fit each other or the model, or the reward or a log-probability is not a number.</exception>
    public Rollout Checked(ModelConfig config)
    {
        if (DataLines.Objection(new(Task, 0, Ids, Trained), config) is { } objection)
            throw new InvalidDataException($"An episode of {Task} {objection}");
        if (Ids.Length > config.MaxPositions)
            throw new InvalidDataException($"An episode of {Task} has {Ids.Length} tokens, more than the model's {config.MaxPositions} positions.");
        if (Invalid is { } invalid && invalid.Count != Trained.Length)
            throw new InvalidDataException($"An episode of {Task} has {Trained.Length} sampled actions and says of {invalid.Count} whether they were valid: they do not fit.");
        if (States.Count != Trained.Length || LogProbs.Length != Trained.Sum(span => span[1]))
            throw new InvalidDataException($"An episode of {Task} has {States.Count} turns, {Trained.Length} sampled actions and {LogProbs.Length} log-probabilities for {Trained.Sum(span => span[1])} sampled tokens: they do not fit.");
        return double.IsFinite(Reward) && LogProbs.All(float.IsFinite)
            ? this
            : throw new InvalidDataException($"An episode of {Task} has a reward or a log-probability that is not a number.");
    }
}

/// <param name="Invalid">Those of the turns whose action the environment did not understand.</param>
public sealed record TurnCounts(int Turns, int Invalid);
