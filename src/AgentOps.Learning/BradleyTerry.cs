using AgentOps.Contracts;
using static TorchSharp.torch;

namespace AgentOps.Learning;

/// <summary>
/// A reward model of pairs: L = -E log σ(r_w - r_l), the chance that Bradley and Terry (1952) give to the better one being preferred. InstructGPT, arXiv:2203.02155, eq. 1.
/// Departs from the paper: (1) every pair counts by itself, where the paper takes all pairs of a prompt at once and weighs them 1/(K choose 2): here they stand in one data set, and an epoch sees each once;
/// (2) a trajectory with its observations takes the place of an answer, and its last trained token that of the answer's last; (3) scores are not shifted afterwards to a mean of 0, since only differences are learned from.
/// </summary>
public static class BradleyTerry
{
    public static readonly RewardObjective<PreferencePair> Objective = new(
        pairs => [.. pairs.Select(pair => pair.Chosen), .. pairs.Select(pair => pair.Rejected)],
        (scores, pairs) => Margins(scores.narrow(0, 0, pairs.Count), scores.narrow(0, pairs.Count, pairs.Count)),
        pair => pair.Chosen.Task, Suffices: pairs => pairs.Count > 0);

    /// <param name="chosen">[P]: r_w.</param>
    /// <param name="rejected">[P]: r_l.</param>
    /// <returns>[P].</returns>
    public static Tensor Margins(Tensor chosen, Tensor rejected)
    {
        Shape.Is(chosen, -1);
        Shape.Same(chosen, rejected);
        return chosen - rejected;
    }
}
