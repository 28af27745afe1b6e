using AgentOps.Contracts;

namespace AgentOps.Pipeline;

/// <summary>Reads what a step asks of people.</summary>
internal static class PeopleStep
{
    private static readonly string[] Majorities = ["1", "3", "5"];

    /// <summary>A judge step, with what it asks of people where they are among the judges.</summary>
    public static JudgeStep Judge(Fields f, IReadOnlyList<string> judges)
    {
        if (!judges.Contains(JudgeStep.People))
        {
            Refuse(f, ["reviewers", "reviews"], $"nobody is asked: '{JudgeStep.People}' is not among the judges.");
            return new JudgeStep(judges);
        }
        if (judges.Count == 1)
            Refuse(f, ["reviews"], "people are the only judges, so they judge every trajectory: name another judge for the others, or leave this away.");
        return new JudgeStep(judges, Reviewers(f), (int?)f.OptionalWhole("reviews", 1, 1_000_000));
    }

    /// <summary>How many people compare a pair, and how many pairs; null for another strategy.</summary>
    public static (int? Reviewers, int? Pairs) Pair(Fields f, string strategy)
    {
        if (strategy == PairStep.People)
            return (Reviewers(f), (int?)f.OptionalWhole("pairs", 1, Bounds.MostComparedPairs));
        Refuse(f, ["reviewers", "pairs"], $"the strategy {strategy} asks nobody; this is a setting of {PairStep.People}.");
        return (null, null);
    }

    /// <summary>Odd, so that of two answers one can have the majority.</summary>
    private static int Reviewers(Fields f) => int.Parse(f.OneOf("reviewers", Majorities[0], Majorities), System.Globalization.CultureInfo.InvariantCulture);

    private static void Refuse(Fields f, IEnumerable<string> keys, string why)
    {
        foreach (var key in keys.Where(f.Has))
            throw new PipelineFileException(f.KeyLineOf(key), key, why);
    }
}
