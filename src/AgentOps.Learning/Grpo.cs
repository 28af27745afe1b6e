using AgentOps.Contracts;
using static TorchSharp.torch;

namespace AgentOps.Learning;

/// <summary>
/// Group-relative policy optimisation: L = -E min(ρ A, clip(ρ, 1 - ε, 1 + ε) A), ρ = π/π_old by token. arXiv:2402.03300, eq. 3, without its divergence term, which <see cref="OnlineJob"/> adds where asked for;
/// clipping higher above than below: DAPO, arXiv:2503.14476, eq. 8.
/// Departs from the papers: (1) episodes of a group whose rewards are all equal are left out, and the mean is over the others' tokens (they are in where a divergence, an entropy bonus or observations pull as well, with an advantage of 0); (2) π_old is what the decoder said when it sampled; (3) where every episode counts the same, divergence and entropy are means over tokens all the same.
/// </summary>
public static class Grpo
{
    /// <param name="BySequence">Every episode of a batch counts the same (GRPO), instead of every token (DAPO).</param>
    public sealed record Options(double Clip = 0.2, double ClipHigh = 0.2, bool BySequence = false, bool Scale = true)
    {
        /// <exception cref="ArgumentException">A setting is out of range, or a word that it does not have.</exception>
        public static Options From(OnlineOptions options)
        {
            var own = new Options();
            var clip = Settings.Positive(options.Clip, "clip") ?? own.Clip;
            return new(clip, Settings.Positive(options.ClipHigh, "clipHigh") ?? clip, Settings.OneOf(options.Normalise, "normalise", "tokens", "sequence") == "sequence", Settings.OneOf(options.Scale, "scale", "group", "none") != "none");
        }
    }

    /// <summary>The loss of each token.</summary>
    /// <param name="logp">[N], in nats.</param>
    /// <param name="old">[N]: the same tokens' when they were sampled.</param>
    /// <param name="advantages">[N].</param>
    /// <returns>[N].</returns>
    public static Tensor TokenLosses(Tensor logp, Tensor old, Tensor advantages, double clip, double clipHigh)
    {
        Shape.Same(logp, old, advantages);
        // A token that earns nothing is left out before the ratio is taken: one that overflows would make 0 · ∞ of it, and of its gradient.
        var ratio = (logp - old).masked_fill(advantages.eq(0), 0).exp();
        return -minimum(ratio * advantages, ratio.clamp(1 - clip, 1 + clipHigh) * advantages);
    }

    /// <returns>By episode and turn.</returns>
    public static double[][] AdvantagesOf(IReadOnlyList<Rollout> group, bool scale) => Advantages.OfEpisodes(group, rewards => Advantages.GroupRelative(rewards, scale));

    /// <exception cref="ArgumentException">A setting is out of range.</exception>
    public static OnlineMethod Of(OnlineOptions options)
    {
        var own = Options.From(options);
        return OnlineMethod.Comparing(group => AdvantagesOf(group, own.Scale), batch => Loss(batch, own));
    }

    internal static (Tensor Loss, (string, Tensor)[] Metrics) Loss(OnlineBatch batch, Options options)
    {
        var losses = TokenLosses(batch.LogProbs, batch.Old, batch.Advantages, options.Clip, options.ClipHigh);
        var ratio = (batch.LogProbs - batch.Old).exp();
        var clipped = ratio.lt(1 - options.Clip).logical_or(ratio.gt(1 + options.ClipHigh)).to(ScalarType.Float32).mean();
        return (options.BySequence ? batch.MeanOfRows(losses) : losses.mean(), [("clipped", clipped)]);
    }
}
