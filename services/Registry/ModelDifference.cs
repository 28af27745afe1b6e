using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Models;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace AgentOps.Registry;

/// <summary>What tells two models apart: their files, their weights, and how they were made.</summary>
/// <param name="Files">Those that are not the same in both.</param>
/// <param name="Tensors">The tensors that differ, in the order of their names; null where the weights of one model cannot be compared, and <paramref name="Reason"/> says why.</param>
/// <param name="OnlyFrom">What only the first model is made of; null where one of the two is made of more than is listed, so that nothing could be said to be missing. Ids of data sets, generations and the like follow from the run and are left out: what they came to is an artifact.</param>
public sealed record ModelDifference(
    Digest From,
    Digest To,
    IReadOnlyList<FileDifference> Files,
    IReadOnlyList<TensorDifference>? Tensors,
    string? Reason,
    IReadOnlyList<Reference>? OnlyFrom,
    IReadOnlyList<Reference>? OnlyTo,
    IReadOnlyList<ModelMaking> FromMakings,
    IReadOnlyList<ModelMaking> ToMakings);

/// <param name="From">Null where only the second model has the file.</param>
public sealed record FileDifference(string Name, Digest? From, Digest? To);

/// <summary>Compares two models by their digests.</summary>
public sealed class ModelComparison(NpgsqlDataSource db, ArtifactStore artifacts)
{
    /// <summary>Both models' weights are held in memory, as float32.</summary>
    private const long MostBytes = 2L << 30;

    /// <summary>What is named by its content or by a name of its own, and is the same in every run that comes to it.</summary>
    private static readonly HashSet<ReferenceKind> Comparable = [ReferenceKind.Model, ReferenceKind.Artifact, ReferenceKind.Environment, ReferenceKind.Code, ReferenceKind.Person, ReferenceKind.Subject, ReferenceKind.Judge, ReferenceKind.Source];

    /// <exception cref="ProblemException">A model is not in the store (404), or its files are damaged (409).</exception>
    public async Task<ModelDifference> OfAsync(Reference from, Digest fromModel, Reference to, Digest toModel, CancellationToken ct)
    {
        var (fromFiles, toFiles) = (await FilesAsync(fromModel, ct), await FilesAsync(toModel, ct));
        var (tensors, reason) = await TensorsAsync(fromModel, fromFiles, toModel, toFiles, ct);
        var graph = new LineageGraph(db);
        var (first, second) = (await graph.WalkAsync(from, ct), await graph.WalkAsync(to, ct));
        var (onlyFrom, onlyTo) = first.Complete && second.Complete ? (Without(first, second), Without(second, first)) : (null, null);
        return new(fromModel, toModel, Files(fromFiles, toFiles), tensors, reason, onlyFrom, onlyTo, Makings(first.Nodes), Makings(second.Nodes));
    }

    private async Task<FolderManifest> FilesAsync(Digest model, CancellationToken ct)
    {
        try
        {
            return await artifacts.ManifestAsync(model, ct);
        }
        catch (ArtifactMissingException)
        {
            throw ProblemException.NotFound("model", model.ToString());
        }
        catch (ArtifactCorruptException damaged)
        {
            throw Unusable(damaged);
        }
    }

    private static IReadOnlyList<FileDifference> Files(FolderManifest from, FolderManifest to)
    {
        var (first, second) = (from.Files.ToDictionary(f => f.Name, f => f.Digest), to.Files.ToDictionary(f => f.Name, f => f.Digest));
        return [.. first.Keys.Union(second.Keys).Order(StringComparer.Ordinal)
            .Select(name => new FileDifference(name, Find(first, name), Find(second, name))).Where(file => file.From != file.To)];

        static Digest? Find(Dictionary<string, Digest> files, string name) => files.TryGetValue(name, out var digest) ? digest : null;
    }

    private async Task<(IReadOnlyList<TensorDifference>? Tensors, string? Reason)> TensorsAsync(Digest from, FolderManifest fromFiles, Digest to, FolderManifest toFiles, CancellationToken ct)
    {
        if (from == to)
            return ([], null);
        if (fromFiles.Files.Sum(f => f.Size) + toFiles.Files.Sum(f => f.Size) > MostBytes)
            return (null, $"the two models have more than {MostBytes >> 30} GiB together: compare their files instead");
        try
        {
            var (fromFolder, toFolder) = (await artifacts.FolderAsync(from, ct), await artifacts.FolderAsync(to, ct));
            return (await Task.Run(() => TensorDifferences.Between(Safetensors.ReadFolder(fromFolder), Safetensors.ReadFolder(toFolder)), ct), null);
        }
        catch (ModelFormatException unreadable)
        {
            return (null, unreadable.Message);
        }
        catch (Exception damaged) when (damaged is ArtifactMissingException or ArtifactCorruptException)
        {
            throw Unusable(damaged);
        }
    }

    private static List<Reference> Without(Lineage one, Lineage other) => [.. Parts(one).Except(Parts(other))];

    private static IEnumerable<Reference> Parts(Lineage lineage) => lineage.Nodes.Select(node => node.Reference).Where(reference => Comparable.Contains(reference.Kind));

    private static IReadOnlyList<ModelMaking> Makings(IReadOnlyList<LineageNode> nodes) =>
        [.. nodes.SelectMany(node => node.Makings ?? []).DistinctBy(making => making.Position).OrderBy(making => making.Position)];

    private static ProblemException Unusable(Exception damaged) => new(StatusCodes.Status409Conflict, "artifact-unusable", damaged.Message);
}
