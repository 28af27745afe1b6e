using System.Net;
using System.Security.Cryptography;
using AgentOps.Proofs;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentOps.Ledger.Tests;

/// <summary>The log's side of the witness: what it sends, what it keeps, and what it does with another answer than a cosignature.</summary>
public sealed class WitnessTests : LedgerTest
{
    private readonly string _path = Directory.CreateTempSubdirectory("agentops-witness-").FullName;
    private readonly CheckpointFolder _folder;
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public WitnessTests(PrivatePostgres postgres) : base(postgres) => _folder = new(_path);

    private CosignatureKey Key => new("w", _key.ExportSubjectPublicKeyInfo());

    [Fact]
    public async Task Each_checkpoint_is_cosigned_after_a_proof_and_the_cosignature_is_kept_beside_it()
    {
        using var there = new Elsewhere(this);
        var witness = Witness(there);
        foreach (var count in (int[])[3, 300, 1])
            await witness.CosignAsync(await SignedAsync(count));

        Assert.Equal([200, 200, 200], there.Answers);
        var report = await VerifyAsync();
        Assert.Equal((null, 304L, 3), (report.Fault, report.Witnessed!.Size, report.Checkpoints));
        Assert.NotNull(_folder.Cosigned(303));
    }

    [Fact]
    public async Task After_a_restart_it_learns_from_the_witness_what_that_has_seen()
    {
        using var there = new Elsewhere(this);
        await Witness(there).CosignAsync(await SignedAsync(3));

        await Witness(there).CosignAsync(await SignedAsync(5));

        Assert.Equal([200, 409, 200], there.Answers);
    }

    [Fact]
    public async Task A_witness_that_has_seen_more_than_there_is_shows_that_the_ledger_was_rolled_back()
    {
        using var there = new Elsewhere(this) { Answer = (HttpStatusCode.Conflict, "1000\n") };

        var refused = await Assert.ThrowsAsync<WitnessRefusedException>(async () => await Witness(there).CosignAsync(await SignedAsync(3)));

        Assert.Contains("rolled back", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HttpStatusCode.UnprocessableEntity, "no", "answers 422: no")]
    [InlineData(HttpStatusCode.OK, "hello", "no cosignature")]
    [InlineData(HttpStatusCode.OK, "— w AAAAAAAAAAAAAAAA\n", "no cosignature")]
    public async Task Another_answer_than_a_cosignature_is_said_and_nothing_is_kept(HttpStatusCode status, string body, string said)
    {
        using var there = new Elsewhere(this) { Answer = (status, body) };

        var refused = await Assert.ThrowsAsync<WitnessRefusedException>(async () => await Witness(there).CosignAsync(await SignedAsync(3)));

        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
        Assert.Null(_folder.Cosigned(3));
        Assert.Null((await VerifyAsync()).Fault);
    }

    [Fact]
    public async Task An_answer_that_makes_the_logs_signature_part_of_the_text_is_refused()
    {
        using var there = new Elsewhere(this) { Lines = (note, _) => $"\n{Cosignature(note)}" };

        await Assert.ThrowsAsync<WitnessRefusedException>(async () => await Witness(there).CosignAsync(await SignedAsync(3)));

        Assert.Null(_folder.Cosigned(3));
        Assert.Null((await VerifyAsync()).Fault);
    }

    [Fact]
    public async Task Of_an_answer_only_the_witnesss_own_lines_are_kept_and_none_under_the_logs_name()
    {
        using var there = new Elsewhere(this) { Lines = (note, text) => Cosignature(text) + SignedNote.Line(SignedNote.Parse(note).Signatures[0] with { Bytes = [1, 2, 3] }) };

        await Witness(there).CosignAsync(await SignedAsync(3));

        Assert.Equal(3, Checkpoint.Open(_folder.Cosigned(3)!, _folder.PublicKey()!).Size);
        var report = await VerifyAsync();
        Assert.Equal((null, 3L), (report.Fault, report.Witnessed!.Size));
    }

    [Fact]
    public async Task A_note_that_grew_until_nobody_could_read_it_again_is_not_kept()
    {
        using var there = new Elsewhere(this) { Lines = (_, text) => string.Concat(Enumerable.Repeat(Cosignature(text), 400)) };
        var checkpoint = await SignedAsync(3);
        await Witness(there).CosignAsync(checkpoint);

        await Assert.ThrowsAsync<WitnessRefusedException>(() => Witness(there).CosignAsync(checkpoint with { Note = _folder.Cosigned(3)! }));

        Assert.Equal(3, Checkpoint.Open(_folder.Cosigned(3)!, _folder.PublicKey()!).Size);
    }

    [Fact]
    public async Task A_cosigned_note_that_was_changed_is_named()
    {
        using var there = new Elsewhere(this);
        await Witness(there).CosignAsync(await SignedAsync(3));
        var note = SignedNote.Parse(_folder.Cosigned(3)!);
        var forged = CosignatureKey.Cosign("w", _key, "another text\n", DateTimeOffset.UnixEpoch);
        _folder.KeepCosigned(3, note with { Signatures = [note.Signatures[0], forged] });

        Assert.Contains("0000000000000003.cosigned", (await VerifyAsync()).Fault!.Reason, StringComparison.Ordinal);
    }

    public override async Task DisposeAsync()
    {
        _key.Dispose();
        Directory.Delete(_path, recursive: true);
        await base.DisposeAsync();
    }

    private Task<VerificationReport> VerifyAsync() => LedgerVerification.RunAsync(Ledger.DataSource("judge"), _folder.PublicKey(), _folder.All(), Key);

    private string Cosignature(string text) => SignedNote.Line(CosignatureKey.Cosign("w", _key, text, DateTimeOffset.UnixEpoch));

    private Witness Witness(Elsewhere there) => new(new HttpClient(there, disposeHandler: false), new("http://witness.example"), Key, Ledger.DataSource("registry"), _folder);

    private async Task<KeptCheckpoint> SignedAsync(int count)
    {
        var store = Ledger.Store("registry");
        await Ledger.Store().AppendAsync([Facts.Write("training-a", Expected.Any, Enumerable.Range(0, count).Select(n => new Counted(n)))], Facts.Tester);
        await new Sealer(store, NullLogger<Sealer>.Instance).SealAsync();
        using var publisher = new CheckpointPublisher(store, _folder, new LogKeys(_folder, Path.Combine(_path, "log.key")), NullLogger<CheckpointPublisher>.Instance);
        await publisher.PublishAsync();
        return publisher.Last!;
    }

    /// <summary>A witness by the rules, or one that answers what it is told.</summary>
    private sealed class Elsewhere(WitnessTests test) : HttpMessageHandler
    {
        private Checkpoint? _last;

        public (HttpStatusCode Status, string Body)? Answer { get; init; }

        /// <summary>What it answers to a checkpoint's note and the text of that, with status 200.</summary>
        public Func<string, string, string>? Lines { get; init; }

        public List<int> Answers { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Assert.Equal("/add-checkpoint", request.RequestUri!.AbsolutePath);
            var asked = WitnessRequest.Parse(await request.Content!.ReadAsStringAsync(cancellationToken));
            var (status, body) = Lines is null ? Answer ?? Judged(asked) : (HttpStatusCode.OK, Lines(asked.Note, SignedNote.Parse(asked.Note).Text));
            Answers.Add((int)status);
            return new(status) { Content = new StringContent(body) };
        }

        private (HttpStatusCode, string) Judged(WitnessRequest asked)
        {
            var answer = WitnessRules.Answer(asked, [test._folder.PublicKey()!], _last);
            _last = answer.Accepted ?? _last;
            return ((HttpStatusCode)answer.Status, answer.Accepted is { } accepted ? test.Cosignature(accepted.Text) : answer.Body);
        }
    }
}
