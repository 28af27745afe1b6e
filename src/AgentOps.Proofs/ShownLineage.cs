using System.Text.Json;

namespace AgentOps.Proofs;

/// <summary>A lineage as it is shown: of many trajectories some are listed and the rest is counted.</summary>
/// <param name="Complete">False: there is more than is listed.</param>
/// <param name="Move">Of an alias, and of a deployment that one named.</param>
/// <param name="Deployment">Of a deployment.</param>
public sealed record ShownLineage(EvidenceReference Root, bool Complete, IReadOnlyList<ShownNode> Nodes, AliasDecision? Move = null, DeploymentDecision? Deployment = null)
{
    private const int MembersShown = 2;
    private const int OthersShown = 50;

    /// <summary>What a bundle proves.</summary>
    public static ShownLineage Of(Evidence evidence) => new(evidence.Subject.Subject, Complete: true,
        [.. evidence.Lineage.Select(node => Node(node, node == evidence.Lineage[0] ? Named(evidence) : []))], evidence.Move, evidence.Deployment);

    /// <summary>The alias by which a deployment came to its version: its event says which move of it, and no edge does.</summary>
    private static IEnumerable<EvidenceReference> Named(Evidence evidence) =>
        evidence is { Move: { } move, Deployment: not null } ? [EvidenceReference.AliasOf(move.Model, move.Alias)] : [];

    private static ShownNode Node(EvidenceNode node, IEnumerable<EvidenceReference> named)
    {
        var inputs = named.Concat(node.Inputs).ToLookup(input => input.Kind);
        return new(node.Reference,
            [.. node.Events.Select(e => new ShownEvent(e.Position, e.Type)).DistinctBy(e => e.Type)],
            [.. inputs.SelectMany(kind => kind.Take(Most(kind.Key)))],
            inputs.Where(kind => kind.Count() > Most(kind.Key)).ToDictionary(kind => kind.Key, kind => (long)kind.Count() - Most(kind.Key)),
            Makings: node.Reference.Kind == "model" && node.Events.Select(ShownMaking.Of).OfType<ShownMaking>().ToList() is { Count: > 0 } makings ? makings : null);
    }

    private static int Most(string kind) => kind == "trajectory" ? MembersShown : OthersShown;
}

/// <param name="Counted">What it read beyond the inputs that are listed, by kind.</param>
/// <param name="ErasedAt">Of a subject: when its key was gone.</param>
/// <param name="Makings">Of a model: how trainings came to it.</param>
/// <param name="Names">Of a file of models: what it is called there.</param>
public sealed record ShownNode(
    EvidenceReference Reference,
    IReadOnlyList<ShownEvent>? Events = null,
    IReadOnlyList<EvidenceReference>? Inputs = null,
    IReadOnlyDictionary<string, long>? Counted = null,
    string? ErasedAt = null,
    IReadOnlyList<string>? Names = null,
    IReadOnlyList<ShownMaking>? Makings = null);

public sealed record ShownEvent(long Position, string Type);

/// <summary>How a training came to a model.</summary>
/// <param name="Work">What was asked for: settings and seed.</param>
/// <param name="Machine">On which it ran, with the versions of its libraries.</param>
public sealed record ShownMaking(JsonElement Work, JsonElement Machine)
{
    // Digests and ids of these are the model's inputs, which stand below it.
    private static readonly string[] Inputs = ["from", "dataset", "data", "rewardModel", "partners"];

    /// <returns>Null where the event completes no training.</returns>
    public static ShownMaking? Of(EvidenceEvent e) => e.Type == EvidenceEvent.TrainingCompleted && e.Part("work") is { } work && e.Part("machine") is { } machine ? new(work, machine) : null;

    /// <summary>Settings and seed on one line, the machine on another.</summary>
    public IEnumerable<string> Lines() => [$"with {Listed(Work)}", $"on {Listed(Machine)}"];

    private static string Listed(JsonElement of) => string.Join(", ", Settings(of));

    private static IEnumerable<string> Settings(JsonElement of) => of.EnumerateObject().Where(member => !Inputs.Contains(member.Name)).SelectMany(member => member.Value.ValueKind == JsonValueKind.Object
        ? Settings(member.Value)
        : [$"{member.Name} {member.Value}"]);
}
