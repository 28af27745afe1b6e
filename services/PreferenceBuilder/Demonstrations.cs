using AgentOps.Contracts;

namespace AgentOps.PreferenceBuilder;

/// <summary>The set for supervised fine-tuning: every accepted trajectory once, and where failures are learned from the rejected ones as well. With sampled successes beside the expert's it is rejection sampling, arXiv:2308.01825.</summary>
public static class Demonstrations
{
    /// <param name="context">The model's context in tokens.</param>
    /// <param name="withFailures">Whether what the judges did not accept is taken too, marked as <see cref="MarkedFailure"/> does.</param>
    public static (List<DataLine<TokenSequence>> Samples, BalanceSheet Balance) Build(IReadOnlyCollection<Candidate> candidates, int context, bool withFailures = false) =>
        Selection.Of(candidates, context, candidate => candidate.Accepted || withFailures, candidate => candidate.Tokens);
}
