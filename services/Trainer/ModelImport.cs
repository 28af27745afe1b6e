using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Models;

namespace AgentOps.Trainer;

/// <summary>Takes model folders in Hugging Face's layout into the artifact store, as they are, out of the one folder that the operator allows.</summary>
/// <param name="allowed">The folder below which models may lie; null or empty where none may be imported.</param>
public sealed class ModelImport(string? allowed, ArtifactStore artifacts)
{
    public const string Setting = "AGENTOPS_MODELS";

    /// <returns>The folder's digest, which is its OpenSSF Model Signing subject digest.</returns>
    /// <exception cref="ImportRefusedException">The path is not one below the allowed folder, or its files cannot be read.</exception>
    /// <exception cref="ArtifactRefusedException">There is no such folder, or something in it is neither a file nor a folder.</exception>
    /// <exception cref="ModelFormatException">The model cannot be loaded, or has no chat template of ours.</exception>
    /// <exception cref="ArtifactStoreFullException">The disk is full; the folder is not stored.</exception>
    public async Task<Digest> TakeAsync(string folder, CancellationToken ct)
    {
        Allow(folder);
        try
        {
            // Everything is looked at before anything is read: a link could lead out of the folder, a pipe would wait for ever.
            ArtifactStore.CheckFolder(folder);
            ChatTemplate.CheckTokenizer(ModelFolder.Load(folder).Tokenizer);
            return await artifacts.PutFolderAsync(folder, ct);
        }
        catch (Exception unreadable) when (unreadable is UnauthorizedAccessException or IOException and not (ArtifactRefusedException or ArtifactStoreFullException))
        {
            throw new ImportRefusedException($"The folder {folder} cannot be read: {unreadable.Message}");
        }
    }

    private void Allow(string folder)
    {
        if (allowed is not { Length: > 0 })
            throw new ImportRefusedException($"No model may be imported here: set {Setting} to the one folder that models may be imported from and start Trainer again.");
        if (!Path.IsPathFullyQualified(folder) || folder.Split('/').Skip(1).Any(part => part is "" or "." or ".."))
            throw new ImportRefusedException($"'{folder}' is not the absolute path of a folder without '.', '..' or a slash at its end.");
        var root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(allowed));
        if (!folder.StartsWith(root + "/", StringComparison.Ordinal))
            throw new ImportRefusedException($"The folder {folder} does not lie below {root}, the one folder that models may be imported from ({Setting}).");
        for (var inner = folder; inner.Length > root.Length; inner = Path.GetDirectoryName(inner)!)
            if (new FileInfo(inner).LinkTarget is not null)
                throw new ImportRefusedException($"The folder {folder} is not imported: {inner} is a symbolic link, which could lead anywhere.");
    }
}

/// <summary>A folder that may not be imported, or cannot be.</summary>
public sealed class ImportRefusedException(string message) : Exception(message);
