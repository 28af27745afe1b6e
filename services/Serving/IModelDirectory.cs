using AgentOps.Contracts;

namespace AgentOps.Serving;

/// <summary>Which model a name means at this moment.</summary>
public interface IModelDirectory
{
    /// <summary>The digest behind a deployment's name or <c>name@alias</c>; null when there is none.</summary>
    ValueTask<Digest?> FindAsync(string name, CancellationToken ct);

    ValueTask<IReadOnlyList<NamedModel>> ListAsync(CancellationToken ct);
}

/// <summary>A name that requests may use, since when it means this model.</summary>
public sealed record NamedModel(string Name, Digest Digest, DateTimeOffset Since);
