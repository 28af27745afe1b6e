using AgentOps.Contracts;
using static TorchSharp.torch;

namespace AgentOps.Learning;

/// <summary>
/// An outcome reward model: how likely the judges accept a trajectory, by binary cross-entropy, L = -E log σ(±s), + for accepted ones and - for the others. Cobbe et al., arXiv:2110.14168, section 4.2; Uesato et al., arXiv:2211.14275.
/// Departs from the papers: (1) one prediction for each trajectory, at its last trained token, and not one after every token; (2) no language is learned beside it; (3) no sample counts more for being of the rarer verdict.
/// </summary>
public static class OutcomeReward
{
    public static readonly RewardObjective<LabelledSequence> Objective = new(
        samples => [.. samples.Select(sample => sample.Sequence)],
        (scores, samples) => Margins(scores, tensor(samples.Select(sample => sample.Desirable ? 1f : -1f).ToArray(), [samples.Count]).to(scores.device)),
        sample => sample.Sequence.Task, Suffices: samples => samples.Select(sample => sample.Desirable).Distinct().Count() == 2,
        Commoner: samples => Math.Max(samples.Count(sample => sample.Desirable), samples.Count(sample => !sample.Desirable)) / (double)samples.Count);

    /// <param name="scores">[B]: log-odds of being accepted.</param>
    /// <param name="signs">[B]: 1 = accepted, -1 = not.</param>
    /// <returns>[B].</returns>
    public static Tensor Margins(Tensor scores, Tensor signs)
    {
        Shape.Is(scores, -1);
        Shape.Same(scores, signs);
        return scores * signs;
    }
}
