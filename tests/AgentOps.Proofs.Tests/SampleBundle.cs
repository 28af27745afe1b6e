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
    public const string Members = "t0\nt1\n";
    private static readonly EvidenceReference OwnRun = new("run", "r");
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>As the pipeline's services append it: two shards, three trajectories, their verdicts, two candidates of which one was promoted.</summary>
    /// <param name="namesFiles">False: the trainings' events are of before they named the models' files.</param>
    public SampleBundle(bool namesFiles = true)
    {
        Signer = new("agentops.ledger/sample", _key);
        Model = DigestOf(Files);
        EvidenceReference generation = new("generation", "g"), judgement = new("judgement", "j"), dataset = new("dataset", "d"), evaluation = new("evaluation", "e");
        EvidenceReference[] trajectories = [.. Enumerable.Range(0, 3).Select(i => new EvidenceReference("trajectory", $"t{i}"))];
        Add("run-r", "run.submitted.v1", [new("person", "ada")], [OwnRun]);
        Add("generation-g", "generation.planned.v1", [OwnRun], [generation], ("shards", 2));
        foreach (var trajectory in trajectories)
            Add("trajectory-" + trajectory.Id, "trajectory.recorded.v1", [generation, new("environment", "maze")], [trajectory]);
        Add("generation-g", "generation.shard-completed.v1", trajectories[..2], [generation], ("shard", 0));
        Add("generation-g", "generation.shard-completed.v1", trajectories[2..], [generation], ("shard", 1));
        Add("generation-g", "generation.completed.v1", [], [generation]);
        Add("serving-a", "serving.model-loaded.v1", [], []);
        Add("judgement-j", "judgement.planned.v1", [OwnRun, generation], [judgement]);
        foreach (var trajectory in trajectories)
            Add("judgement-j-0", "judgement.recorded.v1", [trajectory], [judgement]);
        Add("judgement-j", "judgement.completed.v1", [], [judgement], ("accepted", 2), ("rejected", 1), ("unusable", 0));
        Datasets = new() { [Hex("samples\n")] = "samples\n", [Hex(Members)] = Members };
        Add("dataset-d", "dataset.built.v1", [generation, judgement], [dataset, .. Datasets.Keys.Select(hex => new EvidenceReference("artifact", $"sha256:{hex}"))],
            ("data", $"sha256:{Hex("samples\n")}"), ("members", $"sha256:{Hex(Members)}"), ("membersRoot", $"sha256:{Convert.ToHexStringLower(TreeDefinition.Root([.. Members.Split('\n')[..^1].Select(LeafOf)]))}"));
        Train("rft", namesFiles, Files, dataset);
        Train("eto", namesFiles, Others, dataset);
        Add("evaluation-e", "evaluation.planned.v1", [OwnRun], [evaluation]);
        Add("evaluation-e", "evaluation.completed.v1", [generation], [evaluation]);
        Add("model-agent", "model.version-registered.v1", [new("model", Model), OwnRun], [Version], ("version", 1), ("digest", Model));
        Add("model-agent", "model.version-registered.v1", [new("model", DigestOf(Others)), OwnRun], [new("model-version", "agent:2")], ("version", 2), ("digest", DigestOf(Others)));
        Add("model-agent", "model.promotion-decided.v1", [evaluation, new("model", Model), new("model", DigestOf(Others))], [Version],
            ("candidates", new object[] { new { model = Model, passed = true, findings = new[] { "rft is better." } }, new { model = DigestOf(Others), passed = false, findings = new[] { "eto is not." } } }), ("evidence", new[] { "e" }));
        Listed = [.. Log.Where(e => e.Type is not "serving.model-loaded.v1" && !e.Outputs.Contains(new("model-version", "agent:2"))).Select(e => e.Position)];
    }

    public NoteSigner Signer { get; set; }

    /// <summary>The log's first key, where <see cref="Signer"/> is a later one.</summary>
    public NoteKey? First { get; set; }

    /// <summary>The positions of the rotations that go into the bundle.</summary>
    public List<long> Rotations { get; } = [];

    /// <summary>The positions of the model's own stream, where the bundle is about an alias or a deployment that one named.</summary>
    public List<long> Decisions { get; set; } = [];

    /// <summary>For which the next events happen.</summary>
    public string Run { get; set; } = "r";

    public string Model { get; set; }

    public Dictionary<string, string> Files { get; } = new() { ["config.json"] = "{}", ["model.safetensors"] = "weights", ["tokenizer.json"] = "[]" };

    /// <summary>Those of the candidate that was not promoted.</summary>
    public Dictionary<string, string> Others { get; } = new() { ["config.json"] = "{}", ["model.safetensors"] = "other weights", ["tokenizer.json"] = "[]" };

    /// <summary>The contents of the data set, by their names; none: a bundle without them.</summary>
    public Dictionary<string, string> Datasets { get; }

    public EvidenceReference Subject { get; set; } = Version;

    public List<EvidenceEvent> Log { get; } = [];

    /// <summary>The positions that go into the bundle.</summary>
    public List<long> Listed { get; set; }

    /// <summary>The last look at each entry before it is written; null leaves it out.</summary>
    public Func<string, string, string?> Change { get; set; } = (_, text) => text;

    public Dictionary<string, byte[]> Further { get; } = [];

    public static string DigestOf(Dictionary<string, string> files) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(
        [.. files.OrderBy(file => file.Key, StringComparer.Ordinal).SelectMany(file => SHA256.HashData(Encoding.UTF8.GetBytes(file.Value)))]));

    public static string DigestOf(string content) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)));

    public static string Hex(string content) => DigestOf(content)["sha256:".Length..];

    public EvidenceEvent At(long position) => Log[(int)position - 1];

    /// <summary>The position of the nth event of a type.</summary>
    public long PositionOf(string type, int n = 0) => Log.Where(e => e.Type == type).ElementAt(n).Position;

    public void Add(string stream, string type, EvidenceReference[] inputs, EvidenceReference[] outputs, params (string Name, object Value)[] further)
    {
        var id = new Guid(SHA256.HashData(BitConverter.GetBytes(Log.Count)).AsSpan(0, 16));
        Log.Add(new(Log.Count + 1, id, 1_700_000_000_000_000 + Log.Count, Log.Count(e => e.Stream == stream) + 1, stream, type, $$"""{"actor":"ada","run":"{{Run}}"}""",
            JsonSerializer.Serialize(new Dictionary<string, object>(further.Select(member => KeyValuePair.Create(member.Name, member.Value))) { ["inputs"] = inputs, ["outputs"] = outputs }, EvidenceBundle.Json), []));
    }

    public MemoryStream Written()
    {
        byte[][] leaves = [.. Log.Select(Leaf)];
        IEnumerable<EvidenceEvent> Proved(IEnumerable<long> positions) => positions.Select(position => Log[(int)position - 1] with { Path = TreeDefinition.Path((int)position - 1, leaves) });
        var zip = new MemoryStream();
        using (var archive = new ZipArchive(zip, ZipArchiveMode.Create, leaveOpen: true))
        {
            Write(archive, EvidenceBundle.SubjectFile, JsonSerializer.Serialize(new EvidenceSubject(EvidenceBundle.Format, Subject, Model), EvidenceBundle.Json));
            Write(archive, EvidenceBundle.KeyFile, (First ?? Signer.PublicKey).ToString());
            Write(archive, EvidenceBundle.CheckpointFile, Signer.Sign(new Checkpoint(Signer.PublicKey.Name, leaves.Length, TreeDefinition.Root(leaves)).Text).ToString());
            if (Rotations.Count > 0)
                Write(archive, EvidenceBundle.RotationsFile, Lines(Proved(Rotations)));
            Write(archive, EvidenceBundle.EventsFile, Lines(Proved(Listed)));
            if (Decisions.Count > 0)
                Write(archive, EvidenceBundle.DecisionsFile, Lines(Proved(Decisions)));
            foreach (var (name, content) in Files)
                Write(archive, EvidenceBundle.ModelFolder + name, content);
            foreach (var (name, content) in Datasets)
                Write(archive, EvidenceBundle.DatasetFolder + name, content);
            foreach (var (name, content) in Further)
                using (var entry = archive.CreateEntry(name, CompressionLevel.SmallestSize).Open())
                    entry.Write(content);
        }
        zip.Position = 0;
        return zip;
    }

    public Evidence Verified(NoteKey? trusted = null) => EvidenceVerifier.Verify(Written(), trusted);

    /// <summary>Another key signs from here on; the event goes into the bundle.</summary>
    public void Rotate()
    {
        var next = new NoteSigner(Signer.PublicKey.Name, ECDsa.Create(ECCurve.NamedCurves.nistP256));
        First ??= Signer.PublicKey;
        Add(KeyRotation.StreamOf(next.PublicKey.Name), KeyRotation.EventType, [], [], ("statement", KeyRotation.Sign(Signer, next).ToString()));
        Rotations.Add(Log.Count);
        Signer = next;
    }

    public void Dispose() => _key.Dispose();

    private static string Lines(IEnumerable<EvidenceEvent> events) => string.Concat(events.Select(e => JsonSerializer.Serialize(e, EvidenceBundle.Json) + "\n"));

    private void Train(string name, bool namesFiles, Dictionary<string, string> files, EvidenceReference dataset)
    {
        Add($"training-{name}", "training.queued.v1", [dataset, OwnRun], [new("training", name)]);
        Add($"training-{name}", "training.completed.v1", [new("training", name)], [new("model", DigestOf(files))],
            [
                ("work", new { kind = "train", method = name, from = "sha256:base", options = new { tokens = 1000 }, seed = 7 }), ("machine", new { device = "cpu", threads = 2 }),
                .. namesFiles ? [("files", files.Select(file => new EvidenceFile(file.Key, DigestOf(file.Value))).ToArray())] : Array.Empty<(string, object)>(),
            ]);
    }

    private void Write(ZipArchive archive, string name, string text)
    {
        if (Change(name, text) is not { } changed)
            return;
        using var entry = archive.CreateEntry(name).Open();
        entry.Write(Encoding.UTF8.GetBytes(changed));
    }

    private static byte[] LeafOf(string line) => SHA256.HashData([0, .. Encoding.UTF8.GetBytes(line)]);

    private static byte[] Leaf(EvidenceEvent e) => new EventBytes(
        e.Position, e.Id, e.At, e.Version, Encoding.UTF8.GetBytes(e.Stream), Encoding.UTF8.GetBytes(e.Type), Encoding.UTF8.GetBytes(e.Meta), Encoding.UTF8.GetBytes(e.Data)).Leaf();
}
