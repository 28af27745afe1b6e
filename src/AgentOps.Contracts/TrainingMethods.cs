using System.Globalization;
using System.Text.Json;

namespace AgentOps.Contracts;

/// <summary>The training methods, their losses, and which settings are whose: said once for whoever reads a pipeline file and for whoever trains.</summary>
public static class TrainingMethods
{
    private static readonly string[] Every = ["tokens", "epochs", "learningRate", "batchTokens"];

    private static readonly Dictionary<string, string[]> OfMethod = new()
    {
        ["sft"] = ["adapter", "packing", "processes", "klWeight", "l2Weight", "observationWeight", "shares"],
        ["dpo"] = ["adapter", "packing", "processes", "loss", "beta", "sftWeight", "preferenceWeight"],
        ["kto"] = ["adapter", "packing", "processes", "beta", "desirableWeight", "undesirableWeight"],
        ["reptile"] = ["adapter", "innerSteps", "metaRate"],
        [Reward] = ["loss"],
    };

    private static readonly Dictionary<string, string[]> OfLoss = new()
    {
        ["sigmoid"] = [], ["ipo"] = [], ["hinge"] = [], ["robust"] = ["smoothing"], ["simpo"] = ["margin"], ["dmpo"] = ["discount"],
    };

    /// <summary>Makes a reward model, which scores episodes and plays none.</summary>
    public const string Reward = "reward";

    /// <summary>The loss of a reward training that names none: Bradley and Terry's, on pairs.</summary>
    public const string OfPairs = "pairs";

    /// <summary>A reward training's loss on single trajectories, which the judges accepted or not.</summary>
    public const string OfOutcomes = "outcome";

    /// <summary>The loss of a dpo that names none.</summary>
    public const string StandardLoss = "sigmoid";

    public static IReadOnlyList<string> Names => [.. OfMethod.Keys];

    /// <summary>Whether a method learns to do what accepted trajectories did.</summary>
    public static bool Imitates(string method) => method is "sft" or "reptile";

    /// <summary>What dpo may learn its pairs by.</summary>
    public static IReadOnlyList<string> Losses => [.. OfLoss.Keys];

    /// <summary>What a method may name as its <c>loss</c>.</summary>
    public static IReadOnlyList<string> LossesOf(string method) => method == Reward ? [OfPairs, OfOutcomes] : Losses;

    /// <summary>Whether a method learns from the pairs of an earlier step.</summary>
    public static bool LearnsFromPairs(string method, TrainOptions options) => method == "dpo" || (method == Reward && options.Loss is null or OfPairs);

    /// <summary>All settings, under their names in a pipeline file.</summary>
    public static IReadOnlyList<string> Settings => [.. Every, .. OfMethod.Values.SelectMany(own => own).Distinct(), .. OfLoss.Values.SelectMany(own => own)];

    /// <summary>The settings that were given, under their names in a pipeline file.</summary>
    public static IEnumerable<string> Given<TOptions>(TOptions options) => JsonSerializer.SerializeToElement(options, EventRegistry.Json).EnumerateObject().Select(setting => setting.Name);

    /// <param name="loss">Of dpo; null: <see cref="StandardLoss"/>.</param>
    /// <returns>Why such a training has no such setting, in a sentence; null where it has it.</returns>
    public static string? Objection(string method, string? loss, string setting)
    {
        var losses = Owners(OfLoss, setting);
        var methods = losses.Length > 0 ? ["dpo"] : Owners(OfMethod, setting);
        if (!Every.Contains(setting) && !methods.Contains(method))
            return $"the method {method} has no setting '{setting}', which is one of {string.Join(" and ", methods)}.";
        return losses.Length > 0 && !losses.Contains(loss ?? StandardLoss)
            ? $"the loss {loss ?? StandardLoss} has no setting '{setting}', which is one of {string.Join(" and ", losses)}."
            : null;
    }

    /// <returns>A setting that another one leaves no room for, and why in a sentence; null where there is none.</returns>
    public static (string Setting, string Why)? Contradiction(TrainOptions options) => options switch
    {
        { L2Weight: > 0, Adapter: not null } => ("l2Weight", "'l2Weight' keeps weights near their base, and with an adapter they never leave it: use 'klWeight' or remove one of the two."),
        { SftWeight: 0, PreferenceWeight: 0 } => ("preferenceWeight", "'sftWeight' and 'preferenceWeight' are both 0: there is nothing to learn."),
        { Shares: not null, Epochs: not null } => ("shares", "shares say how much of each environment is seen, so there are no passes over all of it: give 'tokens' in place of 'epochs'."),
        { Shares: { } shares } when !AreShares(shares) => ("shares", $"{string.Join(", ", shares.Select(share => $"{share.Key} {share.Value.ToString(CultureInfo.InvariantCulture)}"))} are no shares: each must be above 0, and together they must be 1."),
        _ => null,
    };

    // To the rounding of a few decimal fractions.
    private static bool AreShares(IReadOnlyDictionary<string, double> shares) => shares.Values.All(share => share > 0) && Math.Abs(shares.Values.Sum() - 1) < 1e-9;

    private static string[] Owners(Dictionary<string, string[]> settings, string setting) => [.. settings.Where(own => own.Value.Contains(setting)).Select(own => own.Key)];
}
