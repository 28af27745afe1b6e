using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AgentOps.Tests;

namespace AgentOps.Proofs.Tests;

/// <summary>A small log, one model's way through it, and the bundle that proves it; a test changes one thing of it.</summary>
internal sealed class SampleBundle : IDisposable
{
    private static readonly EvidenceReference Version = new("model-version", "agent:1");
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public SampleBundle()
    {
        Signer = new("agentops.ledger/sample", _key);
        Model = $"sha256:{Convert.ToHexStringLower(SHA256.HashData([.. Files.OrderBy(file => file.Key, StringComparer.Ordinal).SelectMany(file => SHA256.HashData(Encoding.UTF8.GetBytes(file.Value)))]))}";
        EvidenceReference model = new("model", Model), training = new("training", "t"), dataset = new("dataset", "d"), trajectory = new("trajectory", "x"), run = new("run", "r");
        Add("run-r", "run.submitted.v1", [new("person", "ada")], [run]);
        Add("trajectory-x", "trajectory.recorded.v1", [run, new("environment", "maze")], [trajectory]);
        Add("serving-a", "serving.model-loaded.v1", [], []);
        Add("dataset-d", "dataset.built.v1", [trajectory], [dataset]);
        Add("training-t", "training.queued.v1", [dataset, run], [training]);
        Add("training-t", "training.completed.v1", [training], [model]);
        Add("model-agent", "model.version-registered.v1", [model, run], [Version]);
        Listed = [1, 2, 4, 5, 6, 7];
    }

    public NoteSigner Signer { get; set; }

    public string Model { get; set; }

    public Dictionary<string, string> Files { get; } = new() { ["config.json"] = "{}", ["model.safetensors"] = "weights", ["tokenizer.json"] = "[]" };

    public List<EvidenceEvent> Log { get; } = [];

    /// <summary>The positions that go into the bundle.</summary>
    public List<long> Listed { get; set; }

    /// <summary>The last look at each entry before it is written; null leaves it out.</summary>
    public Func<string, string, string?> Change { get; set; } = (_, text) => text;

    public Dictionary<string, byte[]> Further { get; } = [];

    public void Add(string stream, string type, EvidenceReference[] inputs, EvidenceReference[] outputs)
    {
        var id = new Guid(SHA256.HashData(BitConverter.GetBytes(Log.Count)).AsSpan(0, 16));
        Log.Add(new(Log.Count + 1, id, 1_700_000_000_000_000 + Log.Count, Log.Count(e => e.Stream == stream) + 1, stream, type, """{"actor":"ada"}""",
            JsonSerializer.Serialize(new { inputs, outputs }, EvidenceBundle.Json), []));
    }

    public MemoryStream Written()
    {
        byte[][] leaves = [.. Log.Select(Leaf)];
        var events = Listed.Select(position => Log[(int)position - 1] with { Path = TreeDefinition.Path((int)position - 1, leaves) });
        var zip = new MemoryStream();
        using (var archive = new ZipArchive(zip, ZipArchiveMode.Create, leaveOpen: true))
        {
            Write(archive, EvidenceBundle.SubjectFile, JsonSerializer.Serialize(new EvidenceSubject(EvidenceBundle.Format, Version, Model), EvidenceBundle.Json));
            Write(archive, EvidenceBundle.KeyFile, Signer.PublicKey.ToString());
            Write(archive, EvidenceBundle.CheckpointFile, Signer.Sign(new Checkpoint(Signer.PublicKey.Name, leaves.Length, TreeDefinition.Root(leaves)).Text).ToString());
            Write(archive, EvidenceBundle.EventsFile, string.Concat(events.Select(e => JsonSerializer.Serialize(e, EvidenceBundle.Json) + "\n")));
            foreach (var (name, content) in Files)
                Write(archive, EvidenceBundle.ModelFolder + name, content);
            foreach (var (name, content) in Further)
                using (var entry = archive.CreateEntry(name, CompressionLevel.SmallestSize).Open())
                    entry.Write(content);
        }
        zip.Position = 0;
        return zip;
    }

    public Evidence Verified(NoteKey? trusted = null) => EvidenceVerifier.Verify(Written(), trusted);

    public void Dispose() => _key.Dispose();

    private void Write(ZipArchive archive, string name, string text)
    {
        if (Change(name, text) is not { } changed)
            return;
        using var entry = archive.CreateEntry(name).Open();
        entry.Write(Encoding.UTF8.GetBytes(changed));
    }

    private static byte[] Leaf(EvidenceEvent e) => new EventBytes(
        e.Position, e.Id, e.At, e.Version, Encoding.UTF8.GetBytes(e.Stream), Encoding.UTF8.GetBytes(e.Type), Encoding.UTF8.GetBytes(e.Meta), Encoding.UTF8.GetBytes(e.Data)).Leaf();
}
