using System.Security.Cryptography;

namespace AgentOps.Proofs;

/// <summary>A file of a model as an event names it.</summary>
/// <param name="Name">Its path inside the folder with forward slashes.</param>
/// <param name="Digest"><c>sha256:</c> and 64 hexadecimal digits.</param>
public sealed record EvidenceFile(string Name, string Digest);

/// <summary>Whether the model's files in a bundle are those that the ledger speaks of: their contents by the model's digest, their names by the event that made the model.</summary>
internal static class EvidenceFiles
{
    /// <returns>How many files there are, and the position of the event that names them; null where none does.</returns>
    /// <exception cref="EvidenceRefusedException">A file has another content or another name, or the version was registered with another model.</exception>
    public static (int Files, long? NamedBy) Check(EvidenceArchive archive, string model, EvidenceReference version, IReadOnlyList<EvidenceNode> lineage)
    {
        CheckRegistration(model, lineage.First(node => node.Reference == version));
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var files = new List<EvidenceFile>();
        foreach (var (name, content) in archive.ModelFiles())
        {
            hash.AppendData(content);
            files.Add(new(name, Text(content)));
        }
        var found = Text(hash.GetHashAndReset());
        return found == model
            ? (files.Count, NamedBy(files, [.. lineage.Where(node => node.Reference == new EvidenceReference("model", model)).SelectMany(node => node.Events)]))
            : throw new EvidenceRefusedException($"The model's files have the digest {found}, not {model}.");
    }

    /// <summary>The digest over the files' digests in the order of their names (OpenSSF Model Signing v1.0, by files) is the one that the version was registered with, by the one event that can say so.</summary>
    private static void CheckRegistration(string model, EvidenceNode version)
    {
        var id = version.Reference.Id;
        EvidenceEvent[] registered = [.. version.Events.Where(e => e.Type == ModelStream.Registered && e.Stream == ModelStream.Of(id[..Math.Max(0, id.LastIndexOf(':'))]))];
        if (registered is not [var registration] || registration.Member("digest") != model)
            throw new EvidenceRefusedException($"{id} was not registered with the model {model}.");
    }

    /// <summary>Several runs may have come to the same contents, and files that were deleted and made again may be called otherwise: one of the events names these.</summary>
    private static long? NamedBy(List<EvidenceFile> files, IReadOnlyList<EvidenceEvent> makers)
    {
        var naming = makers.Where(e => e.Type == EvidenceEvent.TrainingCompleted).Select(e => (e.Position, Files: e.Files())).Where(e => e.Files is not null).ToList();
        if (naming.Count == 0)
            return null;
        foreach (var (position, named) in naming)
            if (files.ToHashSet().SetEquals(named!))
                return position;
        var last = naming[^1];
        throw new EvidenceRefusedException(files.Except(last.Files!).FirstOrDefault() is { } foreign
            ? $"{foreign.Name} is not a file of the model: event {last.Position}, which made it, names {(last.Files!.FirstOrDefault(file => file.Digest == foreign.Digest) is { } same ? $"this content {same.Name}" : "no file of this content")}."
            : $"{last.Files!.Except(files).First().Name} is missing: event {last.Position}, which made the model, names it.");
    }

    private static string Text(byte[] hash) => $"sha256:{Convert.ToHexStringLower(hash)}";
}
