using System.Text;
using System.Text.Json;

namespace AgentOps.Proofs;

/// <summary>What an event names as its input or output: a kind, such as <c>model</c>, and an id.</summary>
public sealed record EvidenceReference(string Kind, string Id);

/// <summary>An event as a bundle has it, a line of <c>events.jsonl</c>: the exact texts that its leaf was made of, and the path to the checkpoint's root.</summary>
/// <param name="At">Microseconds since 1970.</param>
/// <param name="Path">Of the leaf, RFC 6962 section 2.1.1.</param>
public sealed record EvidenceEvent(long Position, Guid Id, long At, int Version, string Stream, string Type, string Meta, string Data, IReadOnlyList<byte[]> Path)
{
    public static EvidenceEvent Of(EventBytes bytes, IReadOnlyList<byte[]> path) =>
        new(bytes.Position, bytes.Id, bytes.AtMicroseconds, bytes.Version, Text(bytes.Stream), Text(bytes.Type), Text(bytes.Meta), Text(bytes.Data), path);

    public bool IsIn(Checkpoint checkpoint) => !Path.Contains(null!) && InclusionProof.Verify(Position - 1, checkpoint.Size, Leaf(), Path, checkpoint.Root);

    /// <summary>The references under <c>inputs</c> or <c>outputs</c> of its data.</summary>
    /// <exception cref="FormatException">The data are not those of an event.</exception>
    public IReadOnlyList<EvidenceReference> References(string member)
    {
        try
        {
            using var data = JsonDocument.Parse(Data);
            return [.. data.RootElement.GetProperty(member).EnumerateArray().Select(at => new EvidenceReference(at.GetProperty("kind").GetString()!, at.GetProperty("id").GetString()!))];
        }
        catch (Exception cause) when (cause is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException($"The data of event {Position} do not list their {member}.", cause);
        }
    }

    private byte[] Leaf() => new EventBytes(Position, Id, At, Version, Bytes(Stream), Bytes(Type), Bytes(Meta), Bytes(Data)).Leaf();

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);
}
