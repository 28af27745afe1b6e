using AgentOps.Contracts;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace AgentOps.Learning.Preferences;

/// <summary>
/// Simple preference optimisation: -log σ(β/|y_w|·log π_w - β/|y_l|·log π_l - γ). Meng et al. 2024, arXiv:2405.14734, eq. 6. No reference model: a trajectory scores by its mean token.
/// Departs from the paper: (1) |y| counts the agent's tokens of the whole trajectory, observations left out; (2) mean over the batch's pairs;
/// (3) dpo's SFT term stays unless 'sftWeight' is 0. β 2 and γ 1 lie in the paper's range (β 2 to 2.5, γ about half of it).
/// </summary>
public static class SimPo
{
    private const double Beta = 2;
    private const double Margin = 1;

    internal static PreferenceLoss From(TrainOptions options)
    {
        var margin = Settings.Weight(options.Margin, "margin") ?? Margin;
        return new((margins, _) => Costs(margins, margin), Weights, HasReference: false, Beta);
    }

    /// <param name="margins">[P]: β times the difference of the two means.</param>
    /// <param name="margin">γ.</param>
    /// <returns>[P].</returns>
    public static Tensor Costs(Tensor margins, double margin) => -F.logsigmoid(margins - margin);

    /// <summary>1/|y| for each of the trajectory's tokens.</summary>
    public static float[] Weights(TokenSequence sequence)
    {
        var tokens = sequence.Trained.Sum(span => span[1]);
        return [.. Enumerable.Repeat(1f / tokens, tokens)];
    }
}
