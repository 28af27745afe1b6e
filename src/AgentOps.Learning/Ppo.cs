using AgentOps.Contracts;
using static TorchSharp.torch;

namespace AgentOps.Learning;

/// <summary>
/// Proximal policy optimisation: L = -E min(ρ A, clip(ρ, 1 - ε, 1 + ε) A) + c_v E (V - R)², ρ = π/π_old by token, with advantages from a <see cref="ValueHead"/>. Schulman et al., arXiv:1707.06347, eq. 7 and 9; the entropy bonus of eq. 9 is
/// <see cref="OnlineJob"/>'s, as it is every method's. The advantages are GAE's over the agent's turns, R = A + V, both from what the head said before the iteration's first step, for all its epochs.
/// Departs from the papers: (1) a turn is one action, whose tokens share its advantage; (2) advantages are whitened over the iteration, each turn counted with its tokens (a detail of implementations, as clipping the value's loss is: arXiv:2006.05990):
/// with <c>normalise: tokens</c> they have a mean of 0 under the loss, which is a mean over tokens, and with <c>sequence</c>, where every episode counts the same, they need not; (3) an episode that was cut off ends there like any other: what it would have been told next was never asked for, and the limit is a part of the task;
/// (4) the divergence from the start model is a term of the loss and not of the reward; (5) π_old is what the decoder said when it sampled; (6) one learning rate, no schedule; (7) where every turn of an iteration was worth the same, advantages are 0 and the head alone learns.
/// </summary>
public static class Ppo
{
    /// <param name="Discount">γ, and with λ as RAGEN has them, arXiv:2504.20073: an episode's turns share what it came to.</param>
    /// <param name="ValueWeight">c_v. The head shares the transformer with the model, which has more to lose by it than to gain.</param>
    /// <param name="ValueClip">How far a value may move from the one before and be paid for it; null: as far as it will (arXiv:2006.05990 found that clipping does not help).</param>
    public sealed record Options(Grpo.Options Clipped, double Discount = 1, double Lambda = 1, double ValueWeight = 0.1, double? ValueClip = null)
    {
        /// <exception cref="ArgumentException">A setting is out of range.</exception>
        public static Options From(OnlineOptions options)
        {
            var own = new Options(Grpo.Options.From(options));
            return own with
            {
                Discount = Settings.Share(options.Discount, "discount") ?? own.Discount,
                Lambda = Settings.Share(options.Lambda, "lambda") ?? own.Lambda,
                ValueWeight = Settings.Positive(options.ValueWeight, "valueWeight") ?? own.ValueWeight,
                ValueClip = Settings.Positive(options.ValueClip, "valueClip"),
            };
        }
    }

    /// <exception cref="ArgumentException">A setting is out of range.</exception>
    public static OnlineMethod Of(OnlineOptions options)
    {
        var own = Options.From(options);
        return new((episodes, values) => Weigh(episodes, values!, own), batch => Loss(batch, own), HasValues: true);
    }

    /// <param name="values">What the head says, by episode and turn.</param>
    public static IReadOnlyList<WeightedRollout> Weigh(IReadOnlyList<Rollout> episodes, double[][] values, Options options)
    {
        var advantages = episodes.Zip(values, (rollout, before) => Advantages.Generalised(rollout.ByTurn(), before, options.Discount, options.Lambda)).ToList();
        var whitened = Advantages.Whitened(advantages, [.. episodes.Select(rollout => rollout.Trained.Select(span => span[1]).ToArray())]);
        // What is left is how far the head is off, which says nothing of the actions; whitened it would weigh as much as any reward.
        if (Advantages.AllAlike(episodes, options.Discount))
            whitened = [.. whitened.Select(episode => new double[episode.Length])];
        return [.. episodes.Select((rollout, i) => new WeightedRollout(rollout, whitened[i], new(values[i], [.. advantages[i].Zip(values[i], (advantage, value) => advantage + value)])))];
    }

    /// <summary>The mean of (V - R)², or, with a clip, of the larger of it and the same with V no further than the clip from what it was.</summary>
    /// <returns>A number.</returns>
    public static Tensor ValueLoss(ValueBatch values, double? clip)
    {
        Shape.Same(values.Now, values.Before, values.Returns);
        var loss = (values.Now - values.Returns).square();
        return clip is not { } most ? loss.mean()
            : maximum(loss, (values.Before + (values.Now - values.Before).clamp(-most, most) - values.Returns).square()).mean();
    }

    private static (Tensor Loss, (string, Tensor)[] Metrics) Loss(OnlineBatch batch, Options options)
    {
        var (loss, metrics) = Grpo.Loss(batch, options.Clipped);
        var valueLoss = ValueLoss(batch.Values!, options.ValueClip);
        return (loss + valueLoss * options.ValueWeight, [.. metrics, ("valueLoss", valueLoss)]);
    }
}
