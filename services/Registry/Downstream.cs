using AgentOps.Contracts;

namespace AgentOps.Registry;

/// <summary>What came of something, the nearest first.</summary>
/// <param name="Complete">False: there is more than is listed; <paramref name="Reason"/> says why it is not.</param>
/// <param name="Trajectories">How many trajectories are among it, which are not listed.</param>
public sealed record Downstream(Reference Root, bool Complete, IReadOnlyList<DownstreamNode> Nodes, long Trajectories, string? Reason = null)
{
    /// <summary>The evaluations with episodes of the root. One that only played a model that had learned from it is none of them.</summary>
    public IReadOnlyList<EvaluationId> EvaluationsWithIt()
    {
        var played = Nodes.Where(node => node.Reference.Kind == ReferenceKind.Generation && node.From == Root).Select(node => node.Reference).Append(Root).ToHashSet();
        return [.. Nodes.Where(node => node.Reference.Kind == ReferenceKind.Evaluation && played.Contains(node.From)).Select(node => Identifiers.Parse<EvaluationId>(node.Reference.Id))];
    }
}

/// <param name="From">What it was made of: the root or a node before this one.</param>
/// <param name="Run">Whose making led there.</param>
/// <param name="Via"><c>decision</c> where nothing else leads there than that somebody decided upon it, such as a gate for another candidate; otherwise null, and it was made of the root.</param>
public sealed record DownstreamNode(Reference Reference, LineageStep Event, Reference From, string? Via = null, Guid? Run = null);

/// <summary>A step that read something reached, and what it read.</summary>
internal sealed record Consumption(Reference Read, Consumer By);

/// <param name="ReadAt">The position at which it first did; 0 for what read trajectories that were reached as members.</param>
internal sealed record Consumer(Guid Step, string Type, string Actor, Guid? Run, long Made, long ReadAt);

/// <summary>A thing that a step has as an output.</summary>
internal sealed record Output(Reference Reference, Guid Step, Guid? Run, bool Takes, long First);
