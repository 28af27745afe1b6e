namespace AgentOps.Contracts;

/// <summary>A file of a model: its path inside the folder with forward slashes, and the SHA-256 of its content.</summary>
public sealed record ModelFile(string Name, Digest Digest);

/// <summary>The files of a model in the event that made it: the model's own digest covers their contents and their order, and not their names.</summary>
public static class ModelFiles
{
    // The ledger takes 64 KiB of an event's data and meta together; a meta has less than a kilobyte, and a further attempt a longer number.
    private const int MostBytes = 65_536 - 2048;

    /// <returns>The event with the files, or as it was where they have no room in it: some hundreds do.</returns>
    public static TrainingCompleted Naming(this TrainingCompleted completed, IEnumerable<ModelFile> files) =>
        completed with { Files = [.. files] } is var named && AllEvents.Registry.Write(named).Length <= MostBytes ? named : completed;
}
