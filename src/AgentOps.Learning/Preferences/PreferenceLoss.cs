using AgentOps.Contracts;
using static TorchSharp.torch;

namespace AgentOps.Learning.Preferences;

/// <summary>What dpo makes of a pair: how a trajectory scores, and what a margin between two scores costs.</summary>
/// <param name="Costs">From the pairs' margins [P] and β to their costs [P].</param>
/// <param name="Weights">The weights of a trajectory's trained tokens in its score, in their order; null: each 1, so that the score is the trajectory's log-probability.</param>
/// <param name="HasReference">Whether a score counts from the reference's; if not, no reference is computed.</param>
/// <param name="Beta">β where the pipeline file names none.</param>
public sealed record PreferenceLoss(Func<Tensor, double, Tensor> Costs, Func<TokenSequence, float[]>? Weights = null, bool HasReference = true, double Beta = PreferenceLoss.StandardBeta)
{
    public const double StandardBeta = 0.1;

    /// <summary>DPO's own, eq. 7.</summary>
    public static readonly PreferenceLoss Sigmoid = new((margins, _) => Dpo.Costs(margins));

    /// <summary>Every loss by its name in a pipeline file.</summary>
    public static readonly IReadOnlyDictionary<string, Func<TrainOptions, PreferenceLoss>> All = new Dictionary<string, Func<TrainOptions, PreferenceLoss>>
    {
        ["sigmoid"] = _ => Sigmoid,
        ["ipo"] = _ => new(Ipo.Costs),
        ["hinge"] = _ => new((margins, _) => Hinge.Costs(margins)),
        ["robust"] = RobustDpo.From,
        ["simpo"] = SimPo.From,
        ["dmpo"] = Dmpo.From,
    };

    /// <exception cref="ArgumentException">A setting of the loss is out of range.</exception>
    public static PreferenceLoss From(TrainOptions options) => All[options.Loss ?? TrainingMethods.StandardLoss](options);
}
