using AgentOps.Contracts;

namespace AgentOps.PreferenceBuilder;

/// <summary>The pairs of one of <see cref="PairStep"/>'s strategies.</summary>
public static class Pairs
{
    /// <param name="context">The model's context in tokens.</param>
    public static (List<DataLine<PreferencePair>> Pairs, Fates Fates) Build(string strategy, IReadOnlyCollection<Candidate> candidates, int context, StepPairOptions options)
    {
        if (strategy == PairStep.Contrast)
            return ContrastPairs.Build(candidates, context);
        var steps = StepPairs.Build(candidates, context, options);
        if (strategy == PairStep.OfSteps)
            return steps;
        var contrast = ContrastPairs.Build(candidates, context);
        return ([.. contrast.Pairs, .. steps.Pairs], Fates.Of(contrast.Fates, steps.Fates));
    }
}
