namespace AgentOps.Contracts;

/// <summary>The methods that learn from what the model plays itself, and which settings are whose: said once for whoever reads a pipeline file and for whoever trains.</summary>
public static class OnlineMethods
{
    private static readonly string[] Every = ["learningRate", "batchTokens", "kl", "entropy", "reward", "horizon", "stop", "credit", "observationWeight"];
    private static readonly string[] OfClipped = ["clip", "clipHigh", "normalise", "epochs"];

    private static readonly Dictionary<string, string[]> OfMethod = new()
    {
        ["reinforce"] = [],
        ["grpo"] = [.. OfClipped, "scale"],
        ["gigpo"] = [.. OfClipped, "scale", "stateWeight", "discount"],
        ["ppo"] = [.. OfClipped, "discount", "lambda", "valueWeight", "valueClip"],
    };

    public static IReadOnlyList<string> Names => [.. OfMethod.Keys];

    /// <summary>Whether episodes are compared with others of their task, which there must be then.</summary>
    public static bool Compares(string method) => method != "ppo";

    /// <summary>All settings, under their names in a pipeline file.</summary>
    public static IReadOnlyList<string> Settings => [.. Every, .. OfMethod.Values.SelectMany(own => own).Distinct()];

    /// <returns>Why such a training has no such setting, in a sentence; null where it has it.</returns>
    public static string? Objection(string method, string setting) => Every.Contains(setting) || OfMethod[method].Contains(setting) ? null
        : OfMethod.Where(own => own.Value.Contains(setting)).Select(own => own.Key).ToArray() is { Length: > 0 } owners ? $"the method {method} has no setting '{setting}', which is one of {Listed(owners)}."
        : $"the method {method} learns from what it plays itself and has no setting '{setting}'.";

    /// <returns>Why episodes cannot grow so in so many iterations, in a sentence; null where they can.</returns>
    public static string? HorizonObjection(IReadOnlyList<int> horizon, int iterations) =>
        horizon.Count == 0 || horizon[0] < 1 || horizon.Zip(horizon.Skip(1)).Any(pair => pair.Second <= pair.First) ? "'horizon' must grow: turns from 1 on, and in each phase more than in the one before."
        : horizon.Count > iterations ? $"the {horizon.Count} phases of 'horizon' are more than the {iterations} iterations that they share: name fewer."
        : null;

    /// <returns>Why credit is not given so, in a sentence; null where it can be.</returns>
    public static string? CreditObjection(OnlineOptions options) => options.Credit is not (null or OnlineOptions.Shared or OnlineOptions.Split) ? $"'credit' is {OnlineOptions.Shared} or {OnlineOptions.Split}, not '{options.Credit}'."
        : options is { Credit: OnlineOptions.Split, Reward: not ({ Turn: not null } or { InvalidAction: not null }) } ? "'credit: split' charges turns and invalid actions to the role whose they are, and the reward counts neither: give 'reward' a part 'turn' or 'invalidAction', or leave 'credit' out."
        : null;

    private static string Listed(string[] names) => names.Length == 1 ? names[0] : $"{string.Join(", ", names[..^1])} and {names[^1]}";
}
