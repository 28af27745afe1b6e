using System.Security.Cryptography;
using AgentOps.Tests;

namespace AgentOps.Proofs.Tests;

public sealed class what_a_witness_cosigns
{
    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);
    private static readonly SampleLog Log = SampleLog.Of([5, 12, 20], 10);
    private static readonly byte[][] Leaves = [.. Log.Events.Select(e => e.Leaf())];
    private static readonly NoteKey[] Keys = [.. Log.Signers.Select(signer => signer.PublicKey)];

    [Fact]
    public void The_first_checkpoint_and_every_one_that_continues_the_last()
    {
        var first = Answer(0, 5, null);
        Assert.Equal((200, 5L), (first.Status, first.Accepted!.Size));
        Assert.Equal(200, Answer(5, 12, first.Accepted).Status);
        Assert.Equal(200, Answer(5, 5, first.Accepted).Status);
    }

    [Fact]
    public void Not_one_that_does_not_continue_it()
    {
        var other = Log.Copy();
        other.Events[2] = other.Events[2] with { AtMicroseconds = 1 };
        var fork = other.Sign(Log.Signers[1], 12);

        var answer = WitnessRules.Answer(new(5, Proof(5, 12), fork.Note), Keys, Last(5));

        Assert.Equal((422, null), (answer.Status, answer.Accepted));
        Assert.Equal(409, WitnessRules.Answer(new(12, [], fork.Note), Keys, Last(12)).Status);
    }

    [Fact]
    public void Not_from_another_size_than_the_last_which_it_says()
    {
        Assert.Equal((409, "12\n", null), (Answer(5, 20, Last(12)).Status, Answer(5, 20, Last(12)).Body, Answer(5, 20, Last(12)).Accepted));
        Assert.Equal((409, "12\n"), (Answer(0, 5, Last(12)).Status, Answer(0, 5, Last(12)).Body));
        Assert.Equal(409, Answer(5, 12, null).Status);
    }

    [Fact]
    public void Not_a_smaller_tree_nor_one_of_a_log_or_a_key_that_it_does_not_know()
    {
        Assert.Equal(400, WitnessRules.Answer(new(12, [], Log.Checkpoints[0].Note), Keys, Last(12)).Status);
        Assert.Equal(404, WitnessRules.Answer(new(0, [], Log.Checkpoints[0].Note), [new("elsewhere", SpkiOf(out _))], null).Status);
        Assert.Equal(403, WitnessRules.Answer(new(0, [], Log.Sign(SampleLog.NewSigner(), 5).Note), Keys, null).Status);
        Assert.Equal(403, WitnessRules.Answer(new(5, Proof(5, 12), Log.Checkpoints[1].Note), Keys[..1], Last(5)).Status);
        Assert.Equal(404, WitnessRules.Answer(new(0, [], ""), Keys, null).Status);
    }

    [Fact]
    public void A_request_is_read_as_it_was_written()
    {
        var request = new WitnessRequest(5, Proof(5, 12), Log.Checkpoints[1].Note);

        var read = WitnessRequest.Parse(request.ToString());

        Assert.Equal((request.OldSize, request.Note), (read.OldSize, read.Note));
        Assert.Equal(request.Path, read.Path);
        Assert.StartsWith("old 5\n", request.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("old 5\n")]
    [InlineData("new 5\n\nnote")]
    [InlineData("old 05\n\nnote")]
    [InlineData("old -5\n\nnote")]
    [InlineData("old 5\nnot base64!\n\nnote")]
    public void What_is_no_request_is_refused(string body) => Assert.Throws<FormatException>(() => WitnessRequest.Parse(body));

    [Fact]
    public void A_cosignature_says_who_has_seen_the_checkpoint_and_when()
    {
        var spki = SpkiOf(out var key);
        var witness = CosignatureKey.Parse(new CosignatureKey("witness.example/w1", spki).ToString());
        var note = SignedNote.Parse(Log.Checkpoints[0].Note);
        var cosigned = SignedNote.Parse(note + SignedNote.Line(CosignatureKey.Cosign("witness.example/w1", key, note.Text, At)));

        Assert.Equal(At, witness.TimeOf(cosigned));
        Assert.Null(witness.TimeOf(note));
        Assert.Equal(5, Checkpoint.Open(cosigned.ToString(), Keys[0]).Size);
        Assert.Null(new CosignatureKey("witness.example/w1", SpkiOf(out _)).TimeOf(cosigned));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(20)]
    public void A_changed_cosignature_spoils_the_note(int at)
    {
        var spki = SpkiOf(out var key);
        var note = SignedNote.Parse(Log.Checkpoints[0].Note);
        var cosignature = CosignatureKey.Cosign("w", key, note.Text, At);
        byte[] changed = [.. cosignature.Bytes];
        changed[at] ^= 1;

        Assert.Throws<FormatException>(() => new CosignatureKey("w", spki).TimeOf(note with { Signatures = [cosignature with { Bytes = changed }] }));
        Assert.Throws<FormatException>(() => new CosignatureKey("w", spki).TimeOf(new SignedNote("another text\n", [cosignature])));
    }

    [Fact]
    public void An_export_shows_how_far_the_witness_has_come_and_refuses_a_forged_cosignature()
    {
        var spki = SpkiOf(out var key);
        var witness = new CosignatureKey("w", spki);
        var log = Log.Copy();
        Assert.Null(Verified(log, witness).Witnessed);

        Cosign(log, 1, text => CosignatureKey.Cosign("w", key, text, At));
        Assert.Equal(new Cosigned(12, At), Verified(log, witness).Witnessed);

        Cosign(log, 2, _ => CosignatureKey.Cosign("w", key, "another text\n", At));
        Assert.Contains("does not fit the checkpoint", Verified(log, witness).Fault!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void An_export_whose_end_the_log_alone_has_signed_is_refused_by_whoever_trusts_the_witness_and_names_the_place()
    {
        // Another past behind event 12, signed with the log's own key: nobody else has seen it.
        var spki = SpkiOf(out var key);
        var witness = new CosignatureKey("w", spki);
        var log = Log.Copy();
        Cosign(log, 1, text => CosignatureKey.Cosign("w", key, text, At));

        Assert.Equal((OfflineVerification.NotProved, "From event 13 on there is the log's own key alone, which could sign another past as well: w has cosigned none of that.\n"), Told(log, witness, cosigned: null));
        // Beside a log that grows it is enough to have cosigned a while ago.
        Assert.Equal((OfflineVerification.Proved, ""), Told(log, witness, At));
        Assert.Equal(OfflineVerification.NotProved, Told(log, witness, At.AddSeconds(1)).Code);

        Cosign(log, log.Checkpoints.Count - 1, text => CosignatureKey.Cosign("w", key, text, At));
        Assert.Equal((OfflineVerification.Proved, ""), Told(log, witness, cosigned: null));
    }

    private static (int Code, string Refused) Told(SampleLog log, CosignatureKey witness, DateTimeOffset? cosigned)
    {
        var report = Verified(log, witness);
        using var refused = new StringWriter { NewLine = "\n" };
        return (new OfflineVerification(TextWriter.Null, refused).Verdict(report.Fault, witness, report.Witnessed, report.Events, cosigned), refused.ToString());
    }

    private static ExportReport Verified(SampleLog log, CosignatureKey witness) => ExportVerifier.Verify(new MemoryStream(log.Exported()), log.First, witness: witness);

    private static void Cosign(SampleLog log, int checkpoint, Func<string, NoteSignature> cosign)
    {
        var note = SignedNote.Parse(log.Checkpoints[checkpoint].Note);
        log.Checkpoints[checkpoint] = log.Checkpoints[checkpoint] with { Note = note + SignedNote.Line(cosign(note.Text)) };
    }

    private static WitnessAnswer Answer(int from, int to, Checkpoint? last) => WitnessRules.Answer(new(from, Proof(from, to), Log.Checkpoints.Single(kept => kept.Size == to).Note), Keys, last);

    private static Checkpoint Last(int size) => Checkpoint.Parse(SignedNote.Parse(Log.Checkpoints.Single(kept => kept.Size == size).Note).Text);

    private static IReadOnlyList<byte[]> Proof(int from, int to) => from == 0 || from == to ? [] : TreeDefinition.Proof(from, Leaves.AsSpan(0, to));

    private static byte[] SpkiOf(out ECDsa key) => (key = ECDsa.Create(ECCurve.NamedCurves.nistP256)).ExportSubjectPublicKeyInfo();
}
