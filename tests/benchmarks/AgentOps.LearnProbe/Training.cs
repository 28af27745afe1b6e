using AgentOps.Learning;

namespace AgentOps.LearnProbe;

/// <summary>One training from one model to another.</summary>
internal static class Training
{
    /// <param name="from">Stays as it is.</param>
    /// <returns>The caller's.</returns>
    public static Policy Run(Policy from, Func<TrainingState, IEnumerable<StepReport>> train, Action<StepReport> report)
    {
        using var state = new TrainingState(Copy(from));
        foreach (var step in train(state))
            report(step);
        return Copy(state.Policy);
    }

    /// <summary>The same weights in a model of its own.</summary>
    public static Policy Copy(Policy policy)
    {
        var copy = new Policy(policy.Transformer.Config, policy.Tokenizer, policy.Device);
        foreach (var (from, to) in policy.Parameters.Zip(copy.Parameters))
            Numbers.Set(to.parameter, Numbers.Of(from.parameter));
        return copy;
    }
}
