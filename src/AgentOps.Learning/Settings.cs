using AgentOps.Contracts;

namespace AgentOps.Learning;

/// <summary>Reads a user's training settings, refusing what makes no sense with the setting's name.</summary>
internal static class Settings
{
    /// <exception cref="ArgumentException">A setting was given that the method, or its loss, does not have.</exception>
    public static void Check(string method, TrainOptions options)
    {
        if (options.Loss is { } loss && !TrainingMethods.LossesOf(method).Contains(loss))
            throw new ArgumentException($"There is no loss '{loss}': use {string.Join(", ", TrainingMethods.LossesOf(method))}.");
        foreach (var setting in TrainingMethods.Given(options))
            if (TrainingMethods.Objection(method, options.Loss, setting) is { } objection)
                throw new ArgumentException($"A training is refused: {objection}");
        if (TrainingMethods.Contradiction(options) is { } contradiction)
            throw new ArgumentException($"A training is refused: {contradiction.Why}");
        if (options.Adapter is { } adapter)
        {
            if (adapter is { Lora: not null, Qlora: not null } or { Lora: null, Qlora: null })
                throw new ArgumentException("'adapter' is either lora or qlora: give one of them.");
            var lora = (adapter.Lora ?? adapter.Qlora)!;
            if (lora.Rank is < 1 or > Bounds.MostRank)
                throw new ArgumentException($"'rank' must lie between 1 and {Bounds.MostRank}, not at {lora.Rank}.");
            Positive(lora.Alpha, "alpha");
            if (lora.Targets is { Count: 0 })
                throw new ArgumentException("'targets' names nothing to adapt: name some, or leave it out for all.");
        }
    }

    /// <summary>The tokens to see, unless epochs are given instead.</summary>
    public static long? Tokens(TrainOptions options, long? standard)
    {
        if (options is { Tokens: not null, Epochs: not null })
            throw new ArgumentException("A training has either 'tokens' or 'epochs', not both.");
        if (options.Tokens <= 0 || options.Epochs <= 0)
            throw new ArgumentException($"'{(options.Tokens is null ? "epochs" : "tokens")}' must be above 0.");
        return options.Epochs is null ? options.Tokens ?? standard : null;
    }

    public static double? Positive(double? value, string name) => value is null || (value > 0 && double.IsFinite(value.Value))
        ? value
        : throw new ArgumentException($"'{name}' must be a number above 0, not {value}.");

    public static double? Weight(double? value, string name) => value is null || (value >= 0 && double.IsFinite(value.Value))
        ? value
        : throw new ArgumentException($"'{name}' must be 0 or a number above, not {value}.");

    /// <param name="most">Excluded.</param>
    public static double? Below(double most, double? value, string name) => value is null || (value > 0 && value < most)
        ? value
        : throw new ArgumentException($"'{name}' must lie between 0 and {most}, both excluded, not at {value}.");

    public static double? Share(double? value, string name) => value is null or (>= 0 and <= 1)
        ? value
        : throw new ArgumentException($"'{name}' must lie between 0 and 1, not at {value}.");

    public static string? OneOf(string? value, string name, params string[] words) => value is null || words.Contains(value)
        ? value
        : throw new ArgumentException($"'{name}' is {string.Join(" or ", words)}, not '{value}'.");

    public static double? MetaRate(double? rate) => rate is null or (>= Bounds.LeastMetaRate and <= 1)
        ? rate
        : throw new ArgumentException($"'metaRate' must lie between {Bounds.LeastMetaRate} and 1, not at {rate}.");

    public static int? InnerSteps(int? steps) => steps is null or (> 0 and <= Bounds.MostInnerSteps)
        ? steps
        : throw new ArgumentException($"'innerSteps' must lie between 1 and {Bounds.MostInnerSteps}, not at {steps}.");

    public static int? Epochs(int? epochs) => epochs is null or (> 0 and <= Bounds.MostOnlineEpochs)
        ? epochs
        : throw new ArgumentException($"'epochs' must lie between 1 and {Bounds.MostOnlineEpochs}, not at {epochs}.");

    public static int? Processes(TrainOptions options) => options.Processes is null or (> 0 and <= Bounds.MostProcesses)
        ? options.Processes
        : throw new ArgumentException($"'processes' must lie between 1 and {Bounds.MostProcesses}, not at {options.Processes}.");

    public static int? BatchTokens(TrainOptions options) => options.BatchTokens is null or (> 0 and <= Bounds.MostBatchTokens)
        ? options.BatchTokens
        : throw new ArgumentException($"'batchTokens' must lie between 1 and {Bounds.MostBatchTokens}, not at {options.BatchTokens}.");
}
