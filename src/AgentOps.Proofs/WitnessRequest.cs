using System.Globalization;
using System.Text;

namespace AgentOps.Proofs;

/// <summary>The body of <c>POST /add-checkpoint</c>, as C2SP tlog-witness has it: a size, the proof from it, an empty line, and a checkpoint's note.</summary>
/// <param name="OldSize">Which the proof begins at.</param>
/// <param name="Path">RFC 6962 section 2.1.2.</param>
public sealed record WitnessRequest(long OldSize, IReadOnlyList<byte[]> Path, string Note)
{
    /// <summary>A proof is no longer in any tree.</summary>
    private const int MostHashes = 63;
    private const string Old = "old ";

    /// <exception cref="FormatException">It is not such a body.</exception>
    public static WitnessRequest Parse(string body)
    {
        var end = body.IndexOf("\n\n", StringComparison.Ordinal);
        if (end < 0 || body[..end].Split('\n') is not [var first, .. var proof] || !first.StartsWith(Old, StringComparison.Ordinal) || proof.Length > MostHashes)
            throw new FormatException("A request is 'old' and a size, at most 63 lines of a proof, an empty line and a checkpoint.");
        var size = first[Old.Length..];
        return long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var old) && size == old.ToString(CultureInfo.InvariantCulture)
            ? new(old, [.. proof.Select(Convert.FromBase64String)], body[(end + 2)..])
            : throw new FormatException($"'{size}' is not the size of a tree.");
    }

    public override string ToString()
    {
        var body = new StringBuilder().Append(Old).Append(OldSize.ToString(CultureInfo.InvariantCulture)).Append('\n');
        foreach (var hash in Path)
            body.Append(Convert.ToBase64String(hash)).Append('\n');
        return body.Append('\n').Append(Note).ToString();
    }
}
