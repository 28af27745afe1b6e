namespace AgentOps.Proofs.Tests;

/// <summary>A log of two rotations: key 1 up to event 9, key 2 from event 10 on, key 3 from event 20 on.</summary>
public sealed class rotated_keys
{
    private static readonly SampleLog Whole = SampleLog.Of([5, 12, 25], 10, 20);
    private readonly SampleLog _log = Whole.Copy();

    [Fact]
    public void Whoever_has_the_first_key_follows_the_log_to_the_last()
    {
        var report = _log.Verified(_log.First, _log.Checkpoints);

        Assert.Null(report.Fault);
        Assert.Equal(_log.Signers.Select(signer => signer.PublicKey.ToString()), report.Keys.Select(key => key.ToString()));
    }

    [Fact]
    public void A_checkpoint_of_the_transition_that_both_keys_signed_is_believed()
    {
        var both = _log.Checkpoints[1].Note + _log.Sign(_log.Signers[0], 12).Note.Split("\n\n")[1];
        _log.Checkpoints[1] = _log.Checkpoints[1] with { Note = both };

        Assert.Null(_log.Verified(_log.First).Fault);
    }

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(1, 0, 6)]
    [InlineData(2, 0, 13)]
    [InlineData(2, 1, 13)]
    public void A_checkpoint_signed_with_another_key_than_the_one_in_force_is_refused(int checkpoint, int signer, int named)
    {
        _log.Checkpoints[checkpoint] = _log.Sign(_log.Signers[signer], (int)_log.Checkpoints[checkpoint].Size);

        var fault = _log.Verified(_log.First).Fault;

        Assert.Equal(named, fault!.Position);
        Assert.Contains("is not signed by", fault.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_rotation_left_out_breaks_the_chain()
    {
        var log = SampleLog.Of([5]);
        var (skipped, last) = (SampleLog.NewSigner(), SampleLog.NewSigner());
        log.Rotate(last, before: skipped);
        log.Checkpoints.Add(log.Sign(last));

        Refused(log, 6, "does not begin at the key in force");
    }

    [Fact]
    public void A_rotation_that_the_key_in_force_has_not_signed_is_refused()
    {
        var log = SampleLog.Of([5]);
        var thief = SampleLog.NewSigner();
        var forged = KeyRotation.Sign(log.Signers[0], thief);
        log.Rotate(thief);
        var statement = forged with { Signatures = [new(log.First.Name, log.First.Id.ToArray(), thief.Sign(forged.Text).Signatures[0].Bytes), forged.Signatures[1]] };
        Restate(log, statement);
        log.Checkpoints.Add(log.Sign(thief));

        Refused(log, 6, "is not signed by the key in force");
    }

    [Fact]
    public void A_new_key_that_has_not_signed_for_itself_is_refused()
    {
        var log = SampleLog.Of([5]);
        log.Rotate();
        var statement = KeyRotation.Sign(log.Signers[0], log.Signers[1]);
        Restate(log, statement with { Signatures = [statement.Signatures[0]] });
        log.Checkpoints.Add(log.Sign(log.Signers[1]));

        Refused(log, 6, "is not signed by the new key");
    }

    [Fact]
    public void A_checkpoint_is_not_taken_for_a_statement()
    {
        var log = SampleLog.Of([5]);
        log.Rotate();
        Restate(log, SignedNote.Parse(log.Sign(log.Signers[0], 5).Note));
        log.Checkpoints.Add(log.Sign(log.Signers[1]));

        Refused(log, 6, "does not name an old and a new key");
    }

    [Fact]
    public void A_rotation_in_the_stream_of_another_log_rotates_nothing_here()
    {
        var log = SampleLog.Of([5]);
        log.Rotate();
        log.Events[5] = log.Events[5] with { Stream = "log-fedcba9876543210"u8.ToArray() };
        log.Checkpoints.Add(log.Sign(log.Signers[0]));

        Assert.Null(log.Verified(log.First).Fault);
    }

    private static void Restate(SampleLog log, SignedNote statement) => log.Events[^1] = log.Events[^1] with
    {
        Data = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(new { statement = statement.ToString() }),
    };

    private static void Refused(SampleLog log, long position, string reason)
    {
        var fault = log.Verified(log.First).Fault;
        Assert.Equal(position, fault!.Position);
        Assert.Contains(reason, fault.Reason, StringComparison.Ordinal);
    }
}
