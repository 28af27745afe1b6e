using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Models;
using AgentOps.Models.Adapters;

namespace AgentOps.Trainer;

/// <summary>Takes model folders in Hugging Face's layout into the artifact store, as they are or with an adapter merged into them, out of the one folder that the operator allows.</summary>
/// <param name="allowed">The folder below which models may lie; null or empty where none may be imported.</param>
public sealed class ModelImport(string? allowed, ArtifactStore artifacts)
{
    public const string Setting = "AGENTOPS_MODELS";

    /// <returns>The stored folder's digest, which is its OpenSSF Model Signing subject digest.</returns>
    /// <exception cref="ImportRefusedException">The path is not one below the allowed folder, or its files cannot be read.</exception>
    /// <exception cref="ArtifactRefusedException">There is no such folder, or something in it is neither a file nor a folder.</exception>
    /// <exception cref="ModelFormatException">The model or the adapter cannot be loaded, they do not fit each other, or the model has no chat template that is known here.</exception>
    /// <exception cref="ArtifactStoreFullException">The disk is full; the folder is not stored.</exception>
    public async Task<Digest> TakeAsync(ImportWork wanted, CancellationToken ct)
    {
        foreach (var folder in wanted.Folders)
            Allow(folder);
        try
        {
            // Everything is looked at before anything is read: a link could lead out of the folder, a pipe would wait for ever.
            foreach (var folder in wanted.Folders)
                ArtifactStore.CheckFolder(folder);
            var model = ModelFolder.Load(wanted.HuggingFace);
            ChatTemplate.Check(model.Tokenizer);
            // Every training reads the small files too: what it could not read is refused here.
            _ = model.AskedAsHere();
            return wanted.Adapter is null ? await artifacts.PutFolderAsync(wanted.HuggingFace, ct) : await MergedAsync(model, PeftAdapter.Load(wanted.Adapter, model.Config), ct);
        }
        catch (Exception unreadable) when (unreadable is UnauthorizedAccessException or IOException and not (ArtifactRefusedException or ArtifactStoreFullException))
        {
            throw new ImportRefusedException($"{string.Join(" or ", wanted.Folders)} cannot be read: {unreadable.Message}");
        }
    }

    /// <summary>As a training with an adapter leaves it: one ordinary model, and the adapter beside it.</summary>
    private Task<Digest> MergedAsync(ModelFolder model, PeftAdapter adapter, CancellationToken ct) => artifacts.PutFolderAsync(folder =>
    {
        adapter.MergedInto(model).Save(folder);
        adapter.Save(Path.Combine(folder, PeftAdapter.Folder));
        return Task.CompletedTask;
    }, ct);

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
