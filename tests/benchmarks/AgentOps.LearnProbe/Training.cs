using AgentOps.Contracts;
using AgentOps.Learning;

namespace AgentOps.LearnProbe;

/// <summary>One training from one model to another.</summary>
internal static class Training
{
    /// <param name="from">Stays as it is.</param>
    /// <param name="lora">What is trained in place of all weights, and merged at the end; null: all are.</param>
    /// <returns>The caller's.</returns>
    public static Policy Run(Policy from, Func<TrainingState, IEnumerable<StepReport>> train, Action<StepReport> report, LoraOptions? lora = null)
    {
        // What is trained is what is there when the state begins.
        var policy = Copy(from);
        if (lora is not null)
            Lora.Attach(policy, lora, "start", seed: 0);
        using var state = new TrainingState(policy);
        foreach (var step in train(state))
            report(step);
        return lora is null ? Copy(state.Policy) : Merged(state.Policy);
    }

    private static Policy Merged(Policy adapted)
    {
        var folder = Directory.CreateTempSubdirectory("learnprobe").FullName;
        try
        {
            adapted.Save(folder);
            return Policy.Load(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
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
