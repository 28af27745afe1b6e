using System.Text;
using System.Text.Json;

namespace AgentOps.Proofs.Tests;

/// <summary>
/// Whoever writes the file may change what he likes in it, put numbers and checkpoints in order again, and has the log's own keys: against what
/// was kept elsewhere no change passes, and the place is named between the kept checkpoints before it and behind it.
/// </summary>
public sealed class tampered_logs
{
    private const int Mutations = 10_000;
    private static readonly SampleLog Whole = SampleLog.Of([5, 14, 24], 10);
    private static readonly IReadOnlyList<KeptCheckpoint> Kept = Whole.Checkpoints;
    private static readonly string Meaning = MeaningOf(Whole.Exported());
    private readonly Random _random = new(7);

    [Fact]
    public void No_change_of_an_exported_log_passes()
    {
        var foreigner = SampleLog.NewSigner();
        var seen = new Dictionary<string, int>();
        for (var done = 0; done < Mutations;)
        {
            var (how, touched, file) = Tampered(foreigner);
            if (touched > Whole.Events.Count || (how == "byte" && MeaningOf(file) == Meaning))
                continue;
            var fault = ExportVerifier.Verify(new MemoryStream(file), Whole.First, Kept).Fault;
            Assert.True(fault is not null, $"mutation {done}: {how} at {touched} passes");
            Assert.True(fault.Position > Covered(touched) && fault.Position <= Covering(touched), $"mutation {done}: {how} at {touched} is said to be at {fault.Position}: {fault.Reason}");
            seen[how] = seen.GetValueOrDefault(how) + 1;
            done++;
        }
        Assert.Equal(Kinds.Length + 1, seen.Count);
    }

    [Fact]
    public void A_fork_behind_an_older_checkpoint_passes_for_whoever_kept_only_that()
    {
        var fork = Whole.Copy();
        fork.Events[20] = fork.Events[20] with { AtMicroseconds = 1 };
        fork.SignAnew(InForce);

        Assert.Null(fork.Verified(Whole.First, [.. Kept.Take(2)]).Fault);
        Assert.Equal(15, fork.Verified(Whole.First, Kept).Fault!.Position);
    }

    private static readonly string[] Kinds =
        ["data", "meta", "stream", "type", "id", "time", "version", "position", "deleted", "inserted", "reordered", "truncated", "checkpoint forged", "signature changed", "foreign key"];

    private (string How, int Touched, byte[] File) Tampered(NoteSigner foreigner)
    {
        var log = Whole.Copy();
        var kind = _random.Next(Kinds.Length + 1);
        if (kind == Kinds.Length)
            return Bytes();
        var how = Kinds[kind];
        var at = _random.Next(log.Events.Count);
        var e = log.Events[at];
        switch (how)
        {
            case "data": log.Events[at] = e with { Data = Changed(e.Data) }; break;
            case "meta": log.Events[at] = e with { Meta = Changed(e.Meta) }; break;
            case "stream": log.Events[at] = e with { Stream = Changed(e.Stream) }; break;
            case "type": log.Events[at] = e with { Type = Changed(e.Type) }; break;
            case "id": log.Events[at] = e with { Id = new Guid([.. Changed(e.Id.ToByteArray())]) }; break;
            case "time": log.Events[at] = e with { AtMicroseconds = e.AtMicroseconds ^ (1L << _random.Next(62)) }; break;
            case "version": log.Events[at] = e with { Version = e.Version ^ (1 << _random.Next(31)) }; break;
            case "position": log.Events[at] = e with { Position = e.Position ^ (1L << _random.Next(62)) }; break;
            case "deleted": log.Events.RemoveAt(at); break;
            case "inserted": log.Events.Insert(at, log.Events[_random.Next(log.Events.Count)]); break;
            case "reordered":
                var other = _random.Next(log.Events.Count);
                (log.Events[at], log.Events[other]) = (log.Events[other], log.Events[at]);
                break;
            case "truncated":
                log.Events.RemoveRange(at, log.Events.Count - at);
                log.SignAnew(InForce);
                break;
            case "checkpoint forged":
                return Forged(log, foreigner);
            case "signature changed":
                return Unsigned(log);
            case "foreign key":
                log.SignAnew(_ => foreigner);
                return (how, 1, log.Exported(foreigner.PublicKey));
        }
        // What follows a change is put in order again, or left as it is; and signed again with the log's own keys, or not.
        if (how is not ("version" or "position") && _random.Next(2) == 0)
            log.Renumber();
        if (log.Events.Count > 0 && _random.Next(4) == 0)
            log.SignAnew(InForce);
        var touched = Enumerable.Range(0, Whole.Events.Count).FirstOrDefault(i => i >= log.Events.Count || log.Events[i] != Whole.Events[i], Whole.Events.Count) + 1;
        return (how, touched, log.Exported());
    }

    /// <summary>One byte of the file becomes another.</summary>
    private (string, int, byte[]) Bytes()
    {
        var file = Whole.Exported();
        var at = _random.Next(file.Length);
        file[at] = (byte)_random.Next(256);
        // The head, then events with checkpoints behind some of them: what cannot be read behind an event is said to be the next one.
        var line = Whole.Exported().AsSpan(0, at).Count((byte)'\n');
        var events = line;
        foreach (var checkpoint in Whole.Checkpoints)
            events -= checkpoint.Size < events ? 1 : 0;
        return ("byte", Math.Clamp(events, 1, Whole.Events.Count), file);
    }

    private (string, int, byte[]) Forged(SampleLog log, NoteSigner foreigner)
    {
        var which = _random.Next(log.Checkpoints.Count);
        log.Checkpoints[which] = log.Sign(foreigner, (int)log.Checkpoints[which].Size);
        return ("checkpoint forged", (int)log.Checkpoints[which].Size, log.Exported());
    }

    private (string, int, byte[]) Unsigned(SampleLog log)
    {
        var which = _random.Next(log.Checkpoints.Count);
        var note = SignedNote.Parse(log.Checkpoints[which].Note);
        var signature = note.Signatures[0];
        log.Checkpoints[which] = log.Checkpoints[which] with { Note = (note with { Signatures = [signature with { Bytes = Changed(signature.Bytes) }] }).ToString() };
        return ("signature changed", (int)log.Checkpoints[which].Size, log.Exported());
    }

    /// <summary>Up to where a kept checkpoint vouches for what stands before a position.</summary>
    private static long Covered(int touched) => Kept.Select(checkpoint => checkpoint.Size).Append(0).Where(size => size < touched).Max();

    /// <summary>Where it shows at the latest. A checkpoint's own line is read behind the last event that it covers.</summary>
    private static long Covering(int touched) => Kept.Select(checkpoint => checkpoint.Size).First(size => size >= touched) + 1;

    private static NoteSigner InForce(int size) => Whole.Signers[size >= 10 ? 1 : 0];

    /// <summary>The same with one letter another one; UTF-8 stays UTF-8.</summary>
    private byte[] Changed(byte[] bytes)
    {
        byte[] changed = [.. bytes];
        var at = _random.Next(bytes.Length);
        changed[at] = (byte)(changed[at] ^ (1 << _random.Next(7)));
        return changed[at] is >= 32 and < 127 && bytes[at] < 127 ? changed : Changed(bytes);
    }

    /// <summary>What a file says: blanks, the case of hexadecimal digits and bits of base64 that stand for nothing are not part of it.</summary>
    private static string MeaningOf(byte[] file)
    {
        var meaning = new StringBuilder();
        try
        {
            var lines = Encoding.UTF8.GetString(file).Split('\n');
            foreach (var line in lines[..^1])
                meaning.Append(MeaningOf(JsonDocument.Parse(line).RootElement)).Append('\n');
            return meaning.Append(lines[^1]).ToString();
        }
        catch (Exception malformed) when (malformed is JsonException or FormatException or InvalidOperationException)
        {
            return $"malformed after {meaning}";
        }
    }

    private static string MeaningOf(JsonElement line) => string.Join('|', line.EnumerateObject().Select(member => $"{member.Name}={member.Name switch
    {
        "id" => member.Value.GetGuid(),
        "key" => NoteKey.Parse(member.Value.GetString()!),
        "checkpoint" => Signed(SignedNote.Parse(member.Value.GetString()!)),
        _ => member.Value.ToString(),
    }}"));

    private static string Signed(SignedNote note) => note.Text + string.Concat(note.Signatures.Select(signature => signature.Name + Convert.ToHexString([.. signature.KeyId, .. signature.Bytes])));
}
