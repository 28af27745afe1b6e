using AgentOps.Contracts;

namespace AgentOps.Evaluator;

/// <summary>Chooses the model that goes on: the one that solved the largest share of the episodes that it completed.</summary>
public static class Best
{
    /// <returns>Of those that solved as much, the one that was named first: who keeps a best so far names it first, and what is not better does not replace it. Null where no model was measured.</returns>
    public static NamedPolicy? Of(EvaluationReport report) =>
        report.Policies.Where(policy => policy.Policy.Kind == PolicyKind.Model && policy.Measured).MaxBy(policy => policy.Success.Rate) is { } best ? new(best.Name, best.Policy) : null;
}
