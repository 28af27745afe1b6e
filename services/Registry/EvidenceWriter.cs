using System.IO.Compression;
using System.Text;
using System.Text.Json;
using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using AgentOps.Proofs;
using Npgsql;

namespace AgentOps.Registry;

/// <summary>Writes the evidence bundle of a model version, an alias or a deployment: every event of its lineage with its proof, those that the move of the alias rests on, the signed checkpoint, the model's files, and those of its data sets where they are asked for.</summary>
public sealed class EvidenceWriter(LedgerStore ledger, NpgsqlDataSource db, ArtifactStore artifacts, NoteKey key, CheckpointFolder folder, EvidenceTree evidence)
{
    // An event has 64 KiB at most.
    private const int EventsAtOnce = 200;

    /// <exception cref="ProblemException">The view of lineage has not reached it, or no checkpoint covers it yet (503).</exception>
    /// <exception cref="ArtifactMissingException">A file of the model or of a data set is not in the store.</exception>
    public async Task WriteAsync(LineageRoot root, bool datasets, Stream to, CancellationToken ct)
    {
        var positions = await LineageWalk.PositionsAsync(db, root.Asked, ct);
        root.CheckSeen(positions);
        var tree = await evidence.CoveringAsync(positions.Max, ct)
            ?? throw new ProblemException(503, "no-checkpoint", $"No checkpoint covers event {positions.Max} yet: ask again in a moment; if it stays so, Registry's log says why nothing is signed.");
        using var bundle = new ZipArchive(to, ZipArchiveMode.Create, leaveOpen: true);
        await TextAsync(bundle, EvidenceBundle.SubjectFile, JsonSerializer.Serialize(
            new EvidenceSubject(EvidenceBundle.Format, Of(root.Reference), root.Digest.ToString()), EvidenceBundle.Json), ct);
        await TextAsync(bundle, EvidenceBundle.KeyFile, key + "\n", ct);
        await TextAsync(bundle, EvidenceBundle.CheckpointFile, folder.Cosigned(tree.Size) ?? tree.Note, ct);
        var rotations = (await LogRotations.ReadAsync(db, key.Name, ct)).Select(rotation => rotation.Position).Where(position => position <= tree.Size).ToList();
        if (rotations.Count > 0)
            await EventsAsync(bundle, EvidenceBundle.RotationsFile, rotations, tree.Size, ct);
        await EventsAsync(bundle, EvidenceBundle.EventsFile, positions, tree.Size, ct);
        if (root.Move is { } move)
            await EventsAsync(bundle, EvidenceBundle.DecisionsFile, await ledger.ReadStreamAsync(Model.Stream(move.Model), ct: ct).TakeWhile(stored => stored.Position <= move.Position).Select(stored => stored.Position).ToListAsync(ct), tree.Size, ct);
        await ModelAsync(bundle, root.Digest, ct);
        if (datasets)
            await DatasetsAsync(bundle, positions, ct);
    }

    private static EvidenceReference Of(Reference reference) => new(JsonNamingPolicy.KebabCaseLower.ConvertName(reference.Kind.ToString()), reference.Id);

    private async Task EventsAsync(ZipArchive bundle, string file, IEnumerable<long> positions, long size, CancellationToken ct)
    {
        await using var lines = Entry(bundle, file, CompressionLevel.Fastest);
        var paths = LedgerProofs.InclusionsAsync(db, positions, size, ct);
        await foreach (var some in paths.Chunk(EventsAtOnce).WithCancellation(ct))
            foreach (var (stored, (_, path)) in (await SignedTree.EventsAsync(db, [.. some.Select(one => one.Position)], ct)).Zip(some))
            {
                await JsonSerializer.SerializeAsync(lines, EvidenceEvent.Of(stored, path), EvidenceBundle.Json, ct);
                lines.WriteByte((byte)'\n');
            }
    }

    private async Task ModelAsync(ZipArchive bundle, Digest model, CancellationToken ct)
    {
        foreach (var file in (await artifacts.ManifestAsync(model, ct)).Files)
        {
            await using var content = await artifacts.OpenAsync(file.Digest, ct);
            await using var entry = Entry(bundle, EvidenceBundle.ModelFolder + file.Name, CompressionLevel.NoCompression);
            await content.CopyToAsync(entry, ct);
        }
    }

    /// <summary>Samples are text, and long.</summary>
    private async Task DatasetsAsync(ZipArchive bundle, IEnumerable<long> positions, CancellationToken ct)
    {
        var contents = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var position in await LineageRows.DatasetsAsync(db, positions, ct))
            if ((await ledger.ReadAtAsync(position, ct))?.Data is DatasetBuilt built)
                contents.UnionWith([built.Data.ToString(), built.Members.ToString()]);
        foreach (var digest in contents.Select(Digest.Parse))
        {
            await using var content = await artifacts.OpenAsync(digest, ct);
            await using var entry = Entry(bundle, EvidenceBundle.DatasetFolder + digest.Hex, CompressionLevel.Fastest);
            await content.CopyToAsync(entry, ct);
        }
    }

    private static async Task TextAsync(ZipArchive bundle, string name, string text, CancellationToken ct)
    {
        await using var entry = Entry(bundle, name, CompressionLevel.Fastest);
        await entry.WriteAsync(Encoding.UTF8.GetBytes(text), ct);
    }

    private static Stream Entry(ZipArchive bundle, string name, CompressionLevel level) => bundle.CreateEntry(name, level).Open();
}
