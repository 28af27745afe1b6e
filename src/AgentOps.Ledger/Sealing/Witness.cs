using System.Globalization;
using System.Net;
using System.Text;
using AgentOps.Proofs;
using Npgsql;

namespace AgentOps.Ledger;

/// <summary>The witness did not cosign; the message says why.</summary>
public sealed class WitnessRefusedException(string message) : Exception(message);

/// <summary>A witness elsewhere, to which checkpoints are sent as C2SP tlog-witness says. It remembers the last one, and cosigns only what continues it.</summary>
public sealed class Witness(HttpClient http, Uri address, CosignatureKey key, NpgsqlDataSource db, CheckpointFolder folder)
{
    // Far above a few signature lines.
    private const int MostBytes = 1 << 16;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private long _known;

    public string Name => key.Name;

    /// <summary>Sends a checkpoint and keeps the cosignature beside it.</summary>
    /// <exception cref="WitnessRefusedException">It refuses, or what it answers is no cosignature of its key.</exception>
    /// <exception cref="HttpRequestException">It cannot be reached.</exception>
    public async Task CosignAsync(KeptCheckpoint checkpoint, CancellationToken ct = default)
    {
        var (status, body) = await SendAsync(checkpoint, ct);
        if (status == HttpStatusCode.Conflict && long.TryParse(body.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var known) && known != _known)
        {
            if (known > checkpoint.Size)
                throw new WitnessRefusedException($"{Name} has seen a checkpoint of {known} events, more than the {checkpoint.Size} that there are: the ledger was rolled back.");
            _known = known;
            (status, body) = await SendAsync(checkpoint, ct);
        }
        if (status != HttpStatusCode.OK)
            throw new WitnessRefusedException($"{Name} does not cosign the checkpoint of {checkpoint.Size} events and answers {(int)status}: {Printable(body)}");
        folder.KeepCosigned(checkpoint.Size, Cosigned(checkpoint, body));
        _known = checkpoint.Size;
    }

    /// <summary>
    /// The note as the log signed it, and behind it those lines of the answer that are of the witness's key. Nothing else of the answer is kept: a line
    /// under the log's name would spoil the checkpoint, and an empty line would make the log's own signature a part of the text.
    /// </summary>
    private SignedNote Cosigned(KeptCheckpoint checkpoint, string answer)
    {
        try
        {
            var note = SignedNote.Parse(checkpoint.Note);
            var own = SignedNote.ParseLines(answer).Where(key.IsNamedBy).ToList();
            var cosigned = note with { Signatures = [.. note.Signatures, .. own] };
            return own.Count > 0 && key.TimeOf(cosigned) is not null ? SignedNote.Parse(cosigned.ToString()) : throw new FormatException("it is not of its key");
        }
        catch (FormatException foreign)
        {
            throw new WitnessRefusedException($"What {Name} answers is no cosignature: {Printable(foreign.Message)}");
        }
    }

    private async Task<(HttpStatusCode Status, string Body)> SendAsync(KeptCheckpoint checkpoint, CancellationToken ct)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        var path = await LedgerProofs.ConsistencyAsync(db, _known, checkpoint.Size, patience.Token);
        using var body = new StringContent(new WitnessRequest(_known, path, checkpoint.Note).ToString(), Encoding.UTF8, "text/plain");
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"{address.AbsoluteUri.TrimEnd('/')}/add-checkpoint")) { Content = body };
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
        await using var content = await answer.Content.ReadAsStreamAsync(patience.Token);
        var bytes = new byte[MostBytes];
        var read = await content.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, patience.Token);
        return (answer.StatusCode, Encoding.UTF8.GetString(bytes, 0, read));
    }

    private static string Printable(string text) => PlainText.Of(text.Trim() is { Length: > 200 } much ? much[..200] : text.Trim());
}
