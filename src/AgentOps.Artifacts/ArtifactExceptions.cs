using AgentOps.Contracts;

namespace AgentOps.Artifacts;

/// <summary>No artifact of this digest is in the store.</summary>
public sealed class ArtifactMissingException(Digest digest, string path)
    : IOException($"Artifact {digest} is not in the store (looked for {path}): put it there, or point the service at the store that holds it.")
{
    public Digest Digest { get; } = digest;

    public string Path { get; } = path;
}

/// <summary>What the store holds under this digest is not what the digest names.</summary>
public sealed class ArtifactCorruptException(Digest digest, string path, string reason)
    : IOException($"Artifact {digest} at {path} is corrupt: {reason}. Delete the file and put the artifact again from its source.")
{
    public Digest Digest { get; } = digest;

    public string Path { get; } = path;
}

/// <summary>The disk or the quota under the store is exhausted; nothing of the refused artifact is left behind.</summary>
public sealed class ArtifactStoreFullException(string root, Exception inner)
    : IOException($"The artifact store at {root} has no space left: free some or move the store, then repeat the step.", inner)
{
    public string Root { get; } = root;
}

/// <summary>The content cannot be an artifact: a symbolic link, a device, a name no store can hold.</summary>
public sealed class ArtifactRefusedException(string message) : IOException(message);
