using AgentOps.Contracts;
using AgentOps.Learning;

namespace AgentOps.LearnProbe;

/// <summary>One training from one model to another.</summary>
internal static class Training
{
    /// <param name="from">Stays as it is.</param>
    /// <param name="adapter">What is trained in place of all weights, and merged at the end; null: all are.</param>
    /// <returns>The caller's.</returns>
    public static Policy Run(Policy from, Func<TrainingState, IEnumerable<StepReport>> train, Action<StepReport> report, AdapterOptions? adapter = null)
    {
        using var state = new TrainingState(Trainable(from, adapter));
        foreach (var step in train(state))
            report(step);
        return adapter is null ? Copy(state.Policy) : Saved(state.Policy, folder => Policy.Load(folder));
    }

    // What is trained is what is there when the state begins.
    private static Policy Trainable(Policy from, AdapterOptions? adapter)
    {
        if (adapter?.Qlora is { } qlora)
            return Saved(from, folder => Qlora.Load(folder, qlora, "start", seed: 0));
        var policy = Copy(from);
        if (adapter?.Lora is { } lora)
            Lora.Attach(policy, lora, "start", seed: 0);
        return policy;
    }

    /// <summary>What is read of a policy that was saved: with an adapter, the merged weights.</summary>
    private static Policy Saved(Policy policy, Func<string, Policy> load)
    {
        var folder = Directory.CreateTempSubdirectory("learnprobe").FullName;
        try
        {
            policy.Save(folder);
            return load(folder);
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
