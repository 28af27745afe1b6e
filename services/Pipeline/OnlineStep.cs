using AgentOps.Contracts;

namespace AgentOps.Pipeline;

/// <summary>Reads the settings of a training that learns from what it plays itself.</summary>
internal static class OnlineStep
{
    /// <summary>What such a training has and others have not.</summary>
    public static readonly IReadOnlyList<string> Keys = [.. OnlineMethods.Settings.Except(TrainingMethods.Settings), .. Playing];

    // A training that learns from data of others has none of these.
    private static IReadOnlyList<string> Playing => ["split", "tasks", "groups", "samples", "iterations", "subject", "environment", "rewardModel", "partners"];

    private const int MostGroups = 10_000;
    private const int MostSamples = 1024;
    private const int MostEpisodes = 1_000_000;
    private const double MostWeight = 1000;

    public static TrainStep Read(Fields f, string method)
    {
        foreach (var key in TrainingMethods.Settings.Union(OnlineMethods.Settings).Union(["data", "failures", "invalidWeight"]).Where(f.Has))
            if (OnlineMethods.Objection(method, key) is { } objection)
                throw new PipelineFileException(f.KeyLineOf(key), key, objection);
        var settings = new OnlineSettings(
            f.Has("split") ? f.OneOf("split", null, "train", "dev") : "train",
            f.OptionalText("tasks") ?? "fresh",
            (int)f.Whole("groups", 16, 1, MostGroups),
            (int)f.Whole("samples", 8, OnlineMethods.Compares(method) ? 2 : 1, MostSamples),
            (int)f.Whole("iterations", null, 1, Bounds.MostIterations),
            new OnlineOptions(
                f.OptionalReal("learningRate", 0, 1, open: true),
                (int?)f.OptionalWhole("batchTokens", 16, Bounds.MostBatchTokens),
                f.OptionalReal("clip", 0, 1, open: true),
                f.OptionalReal("clipHigh", 0, 100, open: true),
                f.OptionalReal("kl", 0, 1000),
                f.Has("normalise") ? f.OneOf("normalise", null, "tokens", "sequence") : null,
                f.Has("scale") ? f.OneOf("scale", null, "group", "none") : null,
                f.OptionalReal("stateWeight", 0, 1000),
                f.OptionalReal("discount", 0, 1),
                f.OptionalReal("entropy", 0, 1000),
                (int?)f.OptionalWhole("epochs", 1, Bounds.MostOnlineEpochs),
                f.OptionalReal("lambda", 0, 1),
                f.OptionalReal("valueWeight", 0, 1000, open: true),
                f.OptionalReal("valueClip", 0, 1000, open: true),
                f.Has("reward") ? Reward(f.Required("reward")) : null,
                f.Has("horizon") ? f.Wholes("horizon", 1, Bounds.MostTurns) : null,
                f.Has("stop") ? Stop(f.Required("stop")) : null,
                f.Has("credit") ? f.OneOf("credit", null, OnlineOptions.Shared, OnlineOptions.Split) : null,
                f.OptionalReal("observationWeight", 0, 1000)),
            StepReader.Subject(f),
            StepReader.OwnEnvironment(f),
            f.OptionalText("rewardModel"),
            f.OptionalText("role"),
            f.Has("partners") ? Teams.Read(f.Required("partners"), "partners").Team : null);
        if (settings is { Partners: not null, Role: null })
            throw f.Refuse("partners", "partners play beside a role that learns: say which one with 'role', or leave them out and all roles learn.");
        if (OnlineMethods.CreditObjection(settings.Options) is { } uncounted)
            throw f.Refuse("credit", uncounted);
        if (RewardWeights.Contradiction(settings.Options.Reward, settings.RewardModel is not null) is { } contradiction)
            throw f.Refuse(contradiction.Setting, contradiction.Why);
        if (settings.Options.Horizon is { } horizon && OnlineMethods.HorizonObjection(horizon, settings.Iterations) is { } reason)
            throw f.Refuse("horizon", reason);
        if (settings.Options.Stop?.Objection(settings.Iterations) is { } unfit)
            throw f.Refuse("stop", unfit);
        return (long)settings.Groups * settings.Samples * settings.Iterations <= MostEpisodes
            ? new TrainStep(method, f.OptionalText("from") ?? "base", [], new TrainOptions(), Online: settings)
            : throw f.Refuse("iterations", $"{settings.Groups} groups of {settings.Samples} samples in {settings.Iterations} iterations are more than {MostEpisodes:N0} episodes.");
    }

    private static StopRule Stop(FileNode node)
    {
        var rules = new Fields(node, "stop", "stop", StopRule.Names);
        return new(rules.OptionalReal("rewardBelow", 0, 1, open: true), rules.OptionalReal("entropyBelow", 0, 1, open: true));
    }

    private static RewardWeights Reward(FileNode node)
    {
        var parts = new Fields(node, "reward", "reward", RewardWeights.Parts);
        double? Weight(string part) => parts.OptionalReal(part, -MostWeight, MostWeight);
        var weights = new RewardWeights(Weight("reward"), Weight("success"), Weight("invalidAction"), Weight("turn"), Weight("truncated"), Weight("model"));
        return RewardWeights.Parts.Any(part => Weight(part) is not (null or 0))
            ? weights
            : throw new PipelineFileException(node.Line, "reward", $"no part has a weight: name some of {string.Join(", ", RewardWeights.Parts)}, or leave it out for the environment's reward.");
    }
}
