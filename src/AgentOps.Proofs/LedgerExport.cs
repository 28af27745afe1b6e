using System.Text.Encodings.Web;
using System.Text.Json;

namespace AgentOps.Proofs;

/// <summary>
/// A ledger in a file, JSON on each line: first the format and the log's first public key, then every event from the first on with its exact texts
/// and, behind the event that it ends with, each checkpoint. The last line is a checkpoint, so that every event stands under one.
/// </summary>
/// <example><code>
/// {"format":"agentops-ledger/1","key":"agentops.ledger/…"}
/// {"position":1,"id":"…","at":1700000000000000,"version":1,"stream":"run-…","type":"run.submitted.v1","meta":"{…}","data":"{…}"}
/// {"checkpoint":"agentops.ledger/…\n1\n…\n\n— agentops.ledger/… …\n"}
/// </code></example>
public static class LedgerExport
{
    public const string Format = "agentops-ledger/1";

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Whose members stand in this order: that of the leaf.</summary>
    internal static readonly string[] EventMembers = ["position", "id", "at", "version", "stream", "type", "meta", "data"];

    /// <summary>Writes one line after the other into a stream, which it leaves open.</summary>
    public sealed class Writer(Stream to) : IDisposable
    {
        private readonly Utf8JsonWriter _json = new(to, Options);

        public void Begin(NoteKey first) => Line(() =>
        {
            _json.WriteString("format", Format);
            _json.WriteString("key", first.ToString());
        });

        public void Add(EventBytes stored) => Line(() =>
        {
            _json.WriteNumber("position", stored.Position);
            _json.WriteString("id", stored.Id);
            _json.WriteNumber("at", stored.AtMicroseconds);
            _json.WriteNumber("version", stored.Version);
            _json.WriteString("stream", stored.Stream);
            _json.WriteString("type", stored.Type);
            _json.WriteString("meta", stored.Meta);
            _json.WriteString("data", stored.Data);
        });

        public void Add(string checkpoint) => Line(() => _json.WriteString("checkpoint", checkpoint));

        public void Dispose() => _json.Dispose();

        private void Line(Action members)
        {
            _json.WriteStartObject();
            members();
            _json.WriteEndObject();
            _json.Flush();
            to.WriteByte((byte)'\n');
            _json.Reset();
        }
    }
}
