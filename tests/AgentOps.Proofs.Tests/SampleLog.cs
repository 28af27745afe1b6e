using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AgentOps.Tests;

namespace AgentOps.Proofs.Tests;

/// <summary>A log of a few streams, its keys and checkpoints, as its owner or as somebody who has taken his place writes it.</summary>
internal sealed class SampleLog
{
    private const string Name = "agentops.ledger/0123456789abcdef";

    private SampleLog(List<EventBytes> events, List<KeptCheckpoint> checkpoints, List<NoteSigner> signers) => (Events, Checkpoints, Signers) = (events, checkpoints, signers);

    public List<EventBytes> Events { get; }

    /// <summary>Those that the export holds.</summary>
    public List<KeptCheckpoint> Checkpoints { get; }

    /// <summary>The log's keys, one after the other.</summary>
    public List<NoteSigner> Signers { get; }

    public NoteKey First => Signers[0].PublicKey;

    /// <param name="checkpoints">Sizes, the last of which is that of the log.</param>
    /// <param name="rotations">Positions of the events that rotate the key.</param>
    public static SampleLog Of(int[] checkpoints, params int[] rotations)
    {
        var log = new SampleLog([], [], [NewSigner()]);
        for (var size = 1; size <= checkpoints[^1]; size++)
        {
            if (rotations.Contains(size))
                log.Rotate();
            else
                log.Add($"training-{size % 5}", "training.progressed.v1", $$"""{"number":{{size}},"text":"é \"{{size}}\"","inputs":[],"outputs":[]}""");
            if (checkpoints.Contains(size))
                log.Checkpoints.Add(log.Sign(log.Signers[^1]));
        }
        return log;
    }

    public static NoteSigner NewSigner() => new(Name, ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>The same log in other hands: a change of the copy changes nothing here.</summary>
    public SampleLog Copy() => new([.. Events], [.. Checkpoints], [.. Signers]);

    public void Rotate(NoteSigner? next = null, NoteSigner? before = null)
    {
        var after = next ?? NewSigner();
        var statement = KeyRotation.Sign(before ?? Signers[^1], after).ToString();
        Signers.Add(after);
        Add(KeyRotation.StreamOf(Name), KeyRotation.EventType, JsonSerializer.Serialize(new { log = Name, key = after.PublicKey.ToString(), statement, rotatedBy = "ada", inputs = Array.Empty<object>(), outputs = Array.Empty<object>() }));
    }

    public void Add(string stream, string type, string data)
    {
        var position = Events.Count + 1;
        var version = Events.Count(e => Encoding.UTF8.GetString(e.Stream) == stream) + 1;
        Events.Add(new(position, new(SHA256.HashData(BitConverter.GetBytes(position)).AsSpan(0, 16)), 1_700_000_000_000_000 + position, version,
            Encoding.UTF8.GetBytes(stream), Encoding.UTF8.GetBytes(type), """{"actor":"ada","producer":"trainer"}"""u8.ToArray(), Encoding.UTF8.GetBytes(data)));
    }

    /// <summary>A checkpoint of the log's first events.</summary>
    public KeptCheckpoint Sign(NoteSigner signer, int? size = null)
    {
        var of = size ?? Events.Count;
        byte[][] leaves = [.. Events.Take(of).Select(e => e.Leaf())];
        return new($"{of:D16}.note", of, signer.Sign(new Checkpoint(Name, of, TreeDefinition.Root(leaves)).Text).ToString());
    }

    /// <summary>As whoever writes the file would have it: positions and versions without a gap, whatever was done to the events.</summary>
    public void Renumber()
    {
        var versions = new Dictionary<string, int>();
        for (var i = 0; i < Events.Count; i++)
        {
            var stream = Encoding.UTF8.GetString(Events[i].Stream);
            versions[stream] = versions.GetValueOrDefault(stream) + 1;
            Events[i] = Events[i] with { Position = i + 1, Version = versions[stream] };
        }
    }

    /// <summary>Signs what stands there now instead of what was signed before, with the log's own keys or with others.</summary>
    public void SignAnew(Func<int, NoteSigner> signerOf)
    {
        var sizes = Checkpoints.Select(checkpoint => (int)Math.Min(checkpoint.Size, Events.Count)).Append(Events.Count).Distinct().ToList();
        Checkpoints.Clear();
        Checkpoints.AddRange(sizes.Select(size => Sign(signerOf(size), size)));
    }

    public byte[] Exported(NoteKey? first = null)
    {
        using var file = new MemoryStream();
        using (var writer = new LedgerExport.Writer(file))
        {
            writer.Begin(first ?? First);
            for (var size = 0; size <= Events.Count; size++)
            {
                if (size > 0)
                    writer.Add(Events[size - 1]);
                foreach (var checkpoint in Checkpoints.Where(checkpoint => checkpoint.Size == size))
                    writer.Add(checkpoint.Note);
            }
        }
        return file.ToArray();
    }

    public ExportReport Verified(NoteKey? trusted = null, IReadOnlyCollection<KeptCheckpoint>? kept = null) => ExportVerifier.Verify(new MemoryStream(Exported()), trusted, kept);
}
