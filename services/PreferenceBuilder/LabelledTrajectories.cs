using AgentOps.Contracts;

namespace AgentOps.PreferenceBuilder;

/// <summary>The unpaired set of KTO, arXiv:2402.01306, and of an outcome reward model: every judged trajectory once, desirable where the judges accepted it and undesirable where they did not.</summary>
public static class LabelledTrajectories
{
    /// <param name="context">The model's context in tokens.</param>
    public static (List<DataLine<LabelledSequence>> Samples, BalanceSheet Balance) Build(IReadOnlyCollection<Candidate> candidates, int context) =>
        Selection.Of(candidates, context, _ => true, candidate => new LabelledSequence(candidate.Tokens, candidate.Accepted));

    /// <returns>What the set lacks, in a sentence; null where it has both sides.</returns>
    public static string? Lacks(IReadOnlyList<DataLine<LabelledSequence>> samples)
    {
        var desirable = samples.Count(line => line.Sample.Desirable);
        return desirable == 0 || desirable == samples.Count
            ? $"The data set has one side only: {desirable} desirable and {samples.Count - desirable} undesirable trajectories, and it takes both to tell them apart."
            : null;
    }
}
