using System.Security.Cryptography;
using System.Text;
using AgentOps.Tests;

namespace AgentOps.Proofs.Tests;

public sealed class exported_ledgers
{
    private static readonly SampleLog Whole = SampleLog.Of([7, 30, 64]);
    private readonly SampleLog _log = Whole.Copy();

    [Fact]
    public void A_whole_export_has_the_root_of_its_events_and_fits_every_checkpoint()
    {
        var report = _log.Verified(_log.First, _log.Checkpoints);

        Assert.Null(report.Fault);
        Assert.Equal((64L, 6), (report.Events, report.Checkpoints));
        Assert.Equal(TreeDefinition.Root([.. _log.Events.Select(e => e.Leaf())]), report.Root);
    }

    [Fact]
    public void A_line_longer_than_the_buffer_is_read_whole()
    {
        var log = SampleLog.Of([3]);
        log.Events[1] = log.Events[1] with { Data = Encoding.UTF8.GetBytes($$"""{"text":"{{new string('\u0001', 4_000)}}{{new string('x', 50_000)}}"}""") };
        log.SignAnew(_ => log.Signers[0]);

        Assert.Null(log.Verified().Fault);
        Assert.True(log.Exported().Length > 65_536);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(64)]
    public void An_event_changed_in_the_file_is_found_between_two_of_its_checkpoints(int position)
    {
        _log.Events[position - 1] = _log.Events[position - 1] with { Data = "{}"u8.ToArray() };

        var fault = _log.Verified().Fault;

        Assert.Equal(position <= 7 ? 1 : position <= 30 ? 8 : 31, fault!.Position);
        Assert.Contains("not those for which a checkpoint was signed", fault.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void An_export_that_ends_before_a_checkpoint_kept_elsewhere_is_found()
    {
        var cut = SampleLog.Of([7, 30, 64]);
        var kept = cut.Checkpoints.ToList();
        cut.Events.RemoveRange(30, 34);
        cut.Checkpoints.RemoveAt(2);

        Assert.Null(cut.Verified(cut.First).Fault);
        var fault = cut.Verified(cut.First, kept).Fault;
        Assert.Equal((31L, true), (fault!.Position, fault.Reason.Contains("all up to 64, for which a checkpoint was signed", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_log_that_shows_somebody_else_another_view_of_itself_is_found_by_what_he_kept()
    {
        var other = _log.Copy();
        other.Events[40] = other.Events[40] with { Data = "{}"u8.ToArray() };
        other.SignAnew(_ => _log.Signers[0]);

        Assert.Null(other.Verified(_log.First).Fault);
        Assert.Null(other.Verified(_log.First, [.. _log.Checkpoints.Take(2)]).Fault);
        Assert.Equal(31, other.Verified(_log.First, _log.Checkpoints).Fault!.Position);
    }

    [Fact]
    public void A_number_that_no_event_can_have_is_named_with_its_line()
    {
        var text = Encoding.UTF8.GetString(_log.Exported().ToArray());
        var changed = new MemoryStream(Encoding.UTF8.GetBytes(text.Replace("\"version\":1,", "\"version\":4294967297,", StringComparison.Ordinal)));

        var fault = ExportVerifier.Verify(changed, _log.First).Fault;

        Assert.StartsWith($"line {1 + fault!.Position} cannot be read: ", fault.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_that_is_no_point_of_its_curve_is_no_key()
    {
        var spki = _log.First.ToString().Split('+', 3)[2];
        var bytes = Convert.FromBase64String(spki);
        bytes[^1] ^= 1;
        var id = Convert.ToHexStringLower(SHA256.HashData(bytes.AsSpan(1)).AsSpan(0, 4));

        var refused = Assert.Throws<FormatException>(() => NoteKey.Parse($"log+{id}+{Convert.ToBase64String(bytes)}"));

        Assert.Equal("The key log is no point of the curve P-256.", refused.Message);
    }

    [Fact]
    public void Another_first_key_than_the_trusted_one_is_refused()
    {
        var fault = _log.Verified(SampleLog.NewSigner().PublicKey).Fault;

        Assert.Contains("not the one that you trust", fault!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Events_behind_the_last_checkpoint_are_not_passed_over()
    {
        _log.Add("training-1", "training.progressed.v1", "{}");

        Assert.Equal((65L, "no checkpoint covers the events from here on: the file was cut, or is not a whole export"), (_log.Verified().Fault!.Position, _log.Verified().Fault!.Reason));
    }

    [Theory]
    [InlineData("", "the file is empty")]
    [InlineData("[]\n", "it is no JSON object")]
    [InlineData("{}\n", "'format' does not stand where it belongs")]
    [InlineData("{\"format\":\"agentops-ledger/2\",\"key\":\"k\"}\n", "the format is 'agentops-ledger/2'")]
    [InlineData("{\"format\":\"agentops-ledger/1\",\"key\":\"k\"}\n", "A public key is written as")]
    [InlineData("KEY{\"position\":1}\n", "'id' does not stand where it belongs")]
    [InlineData("KEY{\"position\":1.5,\"id\":\"\"}\n", "cannot be read")]
    [InlineData("KEY{\"checkpoint\":null}\n", "its checkpoint is null")]
    [InlineData("KEY{\"checkpoint\":\"note\",\"more\":1}\n", "it holds more than it can")]
    [InlineData("KEY{\"event\":1}\n", "'event' begins neither an event nor a checkpoint")]
    [InlineData("KEY", "no checkpoint covers the events")]
    [InlineData("KEY{\"position\":1,", "ends in its middle")]
    public void A_malformed_file_is_refused_with_its_line(string text, string reason)
    {
        var head = $"{{\"format\":\"agentops-ledger/1\",\"key\":\"{_log.First}\"}}\n";
        var report = ExportVerifier.Verify(new MemoryStream(Encoding.UTF8.GetBytes(text.Replace("KEY", head, StringComparison.Ordinal))));

        Assert.Equal(1, report.Fault!.Position);
        Assert.Contains(reason, report.Fault.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_without_an_end_is_not_read_into_memory()
    {
        var report = ExportVerifier.Verify(new MemoryStream([.. Enumerable.Repeat((byte)' ', 3 << 20)]));

        Assert.Contains("Line 1 has more than 1048576 bytes", report.Fault!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void The_leaf_is_the_hash_of_the_bytes_that_the_ledger_defines()
    {
        var e = new EventBytes(1, Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"), 2, 3, "s"u8.ToArray(), "ty"u8.ToArray(), "{}"u8.ToArray(), "[1]"u8.ToArray());
        var covered = "00" + "0000000000000001" + "00112233445566778899aabbccddeeff" + "0000000000000002" + "00000003" + "00000001" + "73" + "00000002" + "7479" + "00000002" + "7b7d" + "00000003" + "5b315d";

        Assert.Equal(SHA256.HashData(Convert.FromHexString(covered)), e.Leaf());
    }
}
