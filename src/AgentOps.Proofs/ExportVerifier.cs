using System.Text;
using System.Text.Json;

namespace AgentOps.Proofs;

/// <summary>What the verification of an exported ledger found.</summary>
/// <param name="Events">That fit.</param>
/// <param name="Checkpoints">That fit, of the file and of those kept elsewhere.</param>
/// <param name="Root">Over the events that fit.</param>
/// <param name="Keys">Of the log, from the first on.</param>
/// <param name="Witnessed">The last checkpoint that the witness has cosigned; null where there is none, or nobody asked.</param>
/// <param name="Fault">The first position that does not fit, or null when all do.</param>
public sealed record ExportReport(long Events, int Checkpoints, byte[] Root, IReadOnlyList<NoteKey> Keys, Cosigned? Witnessed, VerificationFault? Fault);

/// <summary>Verifies an exported ledger with nothing but the file and a public key: every leaf and the root at every checkpoint are made again from the events' bytes.</summary>
/// <remarks>That the file is not an older or another view of the log is shown by checkpoints that were kept elsewhere, and by nothing else.</remarks>
public static class ExportVerifier
{
    // An event of 64 KiB whose every character is escaped.
    private const int MostLineBytes = 1 << 20;

    // No longer name fits into the index that the ledger has over its streams.
    private const int MostStreamCharacters = 2704;

    /// <summary>Reads the file once, in as much memory as its streams' names need.</summary>
    /// <param name="trusted">The log's first key; null: the file's own, which proves nothing about who made it.</param>
    /// <param name="kept">Checkpoints kept elsewhere.</param>
    /// <param name="witness">Whose cosignatures are looked for.</param>
    public static ExportReport Verify(Stream file, NoteKey? trusted = null, IReadOnlyCollection<KeptCheckpoint>? kept = null, CosignatureKey? witness = null)
    {
        var lines = new BoundedLines(file, MostLineBytes);
        LogVerifier? log = null;
        try
        {
            log = new(FirstKey(lines, trusted), kept ?? [], witness);
            return Report(log, FaultOf(lines, log));
        }
        catch (Exception malformed) when (malformed is not (OutOfMemoryException or IOException))
        {
            return Report(log, new((log?.Tree.Size ?? 0) + 1, $"line {lines.Number} cannot be read: {malformed.Message}"));
        }
    }

    private static ExportReport Report(LogVerifier? log, VerificationFault? fault) =>
        new(log?.Tree.Size ?? 0, log?.Checkpoints ?? 0, log?.Tree.Root() ?? Rfc6962.EmptyRoot, log?.Keys?.Keys ?? [], log?.Witnessed, fault);

    private static NoteKey FirstKey(BoundedLines lines, NoteKey? trusted)
    {
        if (!lines.Read())
            throw new FormatException("the file is empty");
        var json = new Utf8JsonReader(lines.Line);
        Begin(ref json);
        if (Text(ref json, "format") is var format && format != LedgerExport.Format)
            throw new FormatException($"the format is '{format}', and this reads {LedgerExport.Format}");
        var key = NoteKey.Parse(Text(ref json, "key"));
        End(ref json);
        return trusted is null || trusted.ToString() == key.ToString()
            ? key
            : throw new FormatException($"the ledger's first key is that of {key.Name}, not the one that you trust, of {trusted.Name}");
    }

    private static VerificationFault? FaultOf(BoundedLines lines, LogVerifier log)
    {
        var leaf = new LeafBytes();
        while (lines.Read())
        {
            var json = new Utf8JsonReader(lines.Line);
            Begin(ref json);
            var fault = Next(ref json) switch
            {
                "position" => FaultOfEvent(ref json, leaf, log),
                "checkpoint" => FaultOfCheckpoint(ref json, log, $"the checkpoint of line {lines.Number}"),
                var other => throw new FormatException($"'{other}' begins neither an event nor a checkpoint"),
            };
            if (fault is not null)
                return fault;
        }
        return log.FaultOfTheEnd() ?? (log.Covered < log.Tree.Size || log.Covered == 0
            ? new(log.Covered + 1, "no checkpoint covers the events from here on: the file was cut, or is not a whole export")
            : null);
    }

    private static VerificationFault? FaultOfEvent(ref Utf8JsonReader json, LeafBytes leaf, LogVerifier log)
    {
        var position = Number(ref json);
        Expect(ref json, "id");
        var id = json.GetGuid();
        Expect(ref json, "at");
        var at = Number(ref json);
        Expect(ref json, "version");
        var version = checked((int)Number(ref json));
        leaf.Begin(position, id, at, version);
        foreach (var member in LedgerExport.EventMembers.AsSpan(4))
        {
            Expect(ref json, member);
            leaf.Added(json.CopyString(leaf.Room(json.ValueSpan.Length)));
        }
        End(ref json);
        return FaultOf(position, version, leaf, log);
    }

    private static VerificationFault? FaultOf(long position, int version, LeafBytes leaf, LogVerifier log)
    {
        if (leaf[2].Length + leaf[3].Length > EvidenceEvent.MostBytes)
            return new(log.Tree.Size + 1, "it is larger than an event can be");
        Span<char> name = stackalloc char[MostStreamCharacters];
        if (leaf[0].Length > MostStreamCharacters)
            return new(log.Tree.Size + 1, "its stream's name is longer than one can be");
        ReadOnlySpan<char> stream = name[..Encoding.UTF8.GetChars(leaf[0], name)];
        if ((log.FaultOfPlace(position, stream, version) ?? log.FaultOfKey(stream, leaf[1], leaf[3])) is { } fault)
            return fault;
        log.Add(leaf.Hash());
        return log.FaultOfCheckpoints();
    }

    private static VerificationFault? FaultOfCheckpoint(ref Utf8JsonReader json, LogVerifier log, string place)
    {
        json.Read();
        var note = json.GetString() ?? throw new FormatException("its checkpoint is null");
        End(ref json);
        return log.FaultOf(new(place, log.Tree.Size, note));
    }

    private static void Begin(ref Utf8JsonReader json)
    {
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
            throw new FormatException("it is no JSON object");
    }

    private static string? Next(ref Utf8JsonReader json) => json.Read() && json.TokenType == JsonTokenType.PropertyName ? json.GetString() : null;

    /// <summary>Goes on to the value of the member that must stand here.</summary>
    private static void Expect(ref Utf8JsonReader json, string member)
    {
        if (!json.Read() || json.TokenType != JsonTokenType.PropertyName || !json.ValueTextEquals(member))
            throw new FormatException($"'{member}' does not stand where it belongs");
        json.Read();
    }

    private static string Text(ref Utf8JsonReader json, string member)
    {
        Expect(ref json, member);
        return json.GetString() ?? throw new FormatException($"'{member}' is null");
    }

    private static long Number(ref Utf8JsonReader json)
    {
        if (json.TokenType == JsonTokenType.PropertyName)
            json.Read();
        return json.GetInt64();
    }

    private static void End(ref Utf8JsonReader json)
    {
        if (!json.Read() || json.TokenType != JsonTokenType.EndObject || json.Read())
            throw new FormatException("it holds more than it can");
    }
}
