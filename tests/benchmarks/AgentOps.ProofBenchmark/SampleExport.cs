using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AgentOps.Proofs;

namespace AgentOps.ProofBenchmark;

/// <summary>An exported ledger as a stack writes it: streams of thirty events, JSON full of quotation marks that are escaped in the file, a checkpoint now and then.</summary>
internal static class SampleExport
{
    private const int StreamEvents = 30;
    private static readonly byte[] Meta = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new
    {
        actor = "service:generator", service = "generator", codeVersion = "0.1.0", run = Guid.Empty, correlation = Guid.Empty, causation = Guid.Empty,
    }));

    /// <returns>The log's first key.</returns>
    public static NoteKey Write(Stream to, Settings settings)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var signer = new NoteSigner("agentops.ledger/benchmark", key);
        using var lines = new LedgerExport.Writer(to);
        lines.Begin(signer.PublicKey);
        var tree = new MerkleTree();
        for (var position = 1; position <= settings.Events; position++)
        {
            var stored = Event(position, settings.Bytes);
            lines.Add(stored);
            tree.Add(stored.Leaf());
            if (position % settings.Between == 0 || position == settings.Events)
                lines.Add(signer.Sign(new Checkpoint(signer.PublicKey.Name, position, tree.Root()).Text).ToString());
        }
        return signer.PublicKey;
    }

    private static EventBytes Event(int position, int bytes)
    {
        var stream = string.Create(CultureInfo.InvariantCulture, $"trajectory-{new Guid((position - 1) / StreamEvents, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)}");
        return new(position, Guid.CreateVersion7(), 1_700_000_000_000_000 + position, ((position - 1) % StreamEvents) + 1,
            Encoding.UTF8.GetBytes(stream), "trajectory.recorded.v1"u8.ToArray(), Meta, Data(position, bytes - Meta.Length));
    }

    private static byte[] Data(int position, int bytes)
    {
        var data = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{{\"trajectory\":{position},\"turns\":[");
        for (var turn = 0; data.Length < bytes - 80; turn++)
            data.Append(CultureInfo.InvariantCulture, $"{{\"role\":\"agent\",\"text\":\"go to shelf {turn}, take the cup\",\"reward\":0.{turn % 10}}},");
        data.Length--;
        return Encoding.UTF8.GetBytes(data.Append("],\"inputs\":[],\"outputs\":[],\"pad\":\"").ToString().PadRight(bytes - 2, 'x') + "\"}");
    }
}
