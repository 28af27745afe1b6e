using AgentOps.Contracts;
using AgentOps.Proofs;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentOps.Ledger.Tests;

/// <summary>The log's key is replaced: by an event, one checkpoint of both keys, and one rename. Registry may stop between any two of these.</summary>
public sealed class RotationTests : LedgerTest
{
    private static readonly EventRegistry Registry = new([.. Facts.Registry.Types, .. LogEvents.All]);
    private static readonly EventContext Ada = new("ada");
    private readonly string _path = Directory.CreateTempSubdirectory("agentops-rotation-").FullName;
    private readonly CheckpointFolder _folder;

    public RotationTests(PrivatePostgres postgres) : base(postgres) => _folder = new(_path);

    private string KeyFile => Path.Combine(_path, "log.key");

    private string NextFile => KeyFile + ".next";

    private NoteKey First => _folder.PublicKey()!;

    [Fact]
    public async Task The_first_checkpoint_of_the_rotation_is_signed_by_both_keys_and_later_ones_by_the_new_one()
    {
        var publisher = await SignedAsync(3);
        var before = Keys().Current.PublicKey;

        var (position, after) = await publisher.RotateAsync(Ada);
        await SealAsync();
        await publisher.PublishAsync();
        await AppendAsync(2);
        await SealAsync();
        await publisher.PublishAsync();

        Assert.Equal(4, position);
        Assert.Equal([(3, 1), (4, 2), (6, 1)], _folder.All().Select(kept => ((int)kept.Size, SignedNote.Parse(kept.Note).Signatures.Count)));
        Assert.Equal(before.Name, after.Name);
        Assert.Equal(4, _folder.All()[1].Open(before).Size);
        Assert.Equal(4, _folder.All()[1].Open(after).Size);
        Assert.Throws<FormatException>(() => _folder.All()[2].Open(before));
        Assert.Equal(6, _folder.All()[2].Open(after).Size);
        await HoldsAsync(3);
    }

    [Fact]
    public async Task The_old_private_key_is_gone_and_the_new_public_one_lies_beside_the_first()
    {
        var publisher = await SignedAsync(3);
        var old = File.ReadAllText(KeyFile);

        await publisher.RotateAsync(Ada);
        Assert.Equal(old, File.ReadAllText(KeyFile));
        await SealAsync();
        await publisher.PublishAsync();

        Assert.DoesNotContain(old, Directory.GetFiles(_path).Select(File.ReadAllText));
        Assert.False(File.Exists(NextFile));
        Assert.Equal(First.ToString(), Keys().First.ToString());
        Assert.Equal(Keys().Current.PublicKey.ToString(), File.ReadAllText(Path.Combine(_path, "key-2.pub")).Trim());
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile));
    }

    [Fact]
    public async Task A_key_can_be_rotated_again_and_again()
    {
        var publisher = await SignedAsync(3);
        for (var i = 0; i < 3; i++)
        {
            await publisher.RotateAsync(Ada);
            await SealAsync();
            await publisher.PublishAsync();
        }

        await HoldsAsync(4);
        Assert.Equal(4, _folder.PublicKeys().Select(key => key.ToString()).Distinct().Count());
    }

    [Fact]
    public async Task One_rotation_comes_to_its_end_before_the_next()
    {
        var publisher = await SignedAsync(3);
        await publisher.RotateAsync(Ada);

        Assert.Contains("event 4, which no checkpoint covers yet", (await Assert.ThrowsAsync<RotationUnderWayException>(() => publisher.RotateAsync(Ada))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stopped_after_the_new_key_was_made_the_log_goes_on_with_the_old_one_and_takes_the_new_one_when_it_is_asked_again()
    {
        await SignedAsync(3);
        var made = Keys().MakeNext().PublicKey;

        var publisher = await SignedAsync(2);
        Assert.Single(SignedNote.Parse(_folder.Last()!.Note).Signatures);
        var (_, after) = await publisher.RotateAsync(Ada);

        Assert.Equal(made.ToString(), after.ToString());
        await EndsAsync(publisher, 3);
    }

    [Fact]
    public async Task Stopped_after_the_event_the_next_start_signs_with_both_and_replaces_the_key()
    {
        await (await SignedAsync(3)).RotateAsync(Ada);

        await EndsAsync(Publisher(), 2);
    }

    [Fact]
    public async Task Stopped_after_the_event_and_before_it_is_sealed_the_old_key_signs_what_stands_before_it()
    {
        var publisher = await SignedAsync(3);
        await AppendAsync(1);
        await SealAsync();
        await publisher.RotateAsync(Ada);

        Assert.Equal(4, await Publisher().PublishAsync());
        Assert.Single(SignedNote.Parse(_folder.Last()!.Note).Signatures);
        await EndsAsync(Publisher(), 3);
    }

    [Theory]
    [InlineData("DELETE FROM ledger.checkpoint WHERE size = 4")]
    [InlineData("SELECT 1")]
    public async Task Stopped_after_the_checkpoint_of_both_keys_the_next_start_stores_it_and_replaces_the_key(string lost)
    {
        var publisher = await SignedAsync(3);
        await publisher.RotateAsync(Ada);
        var (old, next) = (File.ReadAllText(KeyFile), File.ReadAllText(NextFile));
        await SealAsync();
        await publisher.PublishAsync();
        // As it was before the last step: the rename, and before that the copy in the database.
        File.WriteAllText(KeyFile, old);
        File.WriteAllText(NextFile, next);
        await Ledger.AdminAsync(lost);

        await EndsAsync(Publisher(), 2);
        Assert.Equal(4, (await SignedTree.LastAsync(Ledger.DataSource("judge"), null))!.Size);
        await EndsAsync(await SignedAsync(1), 3);
    }

    [Fact]
    public async Task Stopped_before_the_rename_and_after_more_events_both_sign_once_more()
    {
        var publisher = await SignedAsync(3);
        await publisher.RotateAsync(Ada);
        var (old, next) = (File.ReadAllText(KeyFile), File.ReadAllText(NextFile));
        await SealAsync();
        await publisher.PublishAsync();
        File.WriteAllText(KeyFile, old);
        File.WriteAllText(NextFile, next);
        await AppendAsync(2);

        await EndsAsync(Publisher(), 3);
    }

    [Fact]
    public async Task Nothing_is_signed_with_the_new_key_missing()
    {
        var publisher = await SignedAsync(3);
        await publisher.RotateAsync(Ada);
        await SealAsync();
        File.Delete(NextFile);

        Assert.Contains("bring that key back", (await Assert.ThrowsAsync<CheckpointRefusedException>(() => Publisher().PublishAsync())).Message, StringComparison.Ordinal);
        Assert.Single(_folder.All());
    }

    [Fact]
    public async Task A_rotation_that_the_key_in_force_has_not_signed_stops_the_signing_and_is_named()
    {
        var publisher = await SignedAsync(3);
        using var stranger = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var thief = new NoteSigner(First.Name, stranger);
        await Ledger.Store("registry", Registry).AppendAsync(
            [Facts.Write(KeyRotation.StreamOf(First.Name), Expected.NoStream, new LogKeyRotated(First.Name, thief.PublicKey.ToString(), KeyRotation.Sign(thief, thief).ToString(), "eve"))], Ada);
        await SealAsync();

        Assert.Contains("a rotation of the log's key that cannot be one", (await Assert.ThrowsAsync<CheckpointRefusedException>(() => publisher.PublishAsync())).Message, StringComparison.Ordinal);
        Assert.Equal(4, (await VerifyAsync()).Fault!.Position);
    }

    [Fact]
    public async Task Nobody_but_the_registry_rotates_the_key() =>
        Assert.Contains("belongs to registry", (await Assert.ThrowsAsync<AppendRefusedException>(() => Ledger.Store("trainer", Registry).AppendAsync(
            [Facts.Write("log-0123456789abcdef", Expected.NoStream, new LogKeyRotated("log", "key", "statement", "eve"))], Ada))).Message, StringComparison.Ordinal);

    public override async Task DisposeAsync()
    {
        Directory.Delete(_path, recursive: true);
        await base.DisposeAsync();
    }

    /// <summary>The rotation comes to its end: the new key alone is there, and what was signed fits from the first key on.</summary>
    private async Task EndsAsync(CheckpointPublisher publisher, int checkpoints)
    {
        await SealAsync();
        await publisher.PublishAsync();
        Assert.False(File.Exists(NextFile));
        await HoldsAsync(checkpoints);
    }

    private async Task HoldsAsync(int checkpoints)
    {
        var report = await VerifyAsync();
        Assert.Null(report.Fault);
        Assert.Equal(checkpoints, report.Checkpoints);
    }

    private Task<VerificationReport> VerifyAsync() => LedgerVerification.RunAsync(Ledger.DataSource("judge"), First, _folder.All());

    private LogKeys Keys() => new(_folder, KeyFile);

    /// <summary>As a new process would begin.</summary>
    private CheckpointPublisher Publisher() => new(Ledger.Store("registry", Registry), _folder, Keys(), NullLogger<CheckpointPublisher>.Instance);

    private async Task<CheckpointPublisher> SignedAsync(int events)
    {
        await AppendAsync(events);
        await SealAsync();
        var publisher = Publisher();
        await publisher.PublishAsync();
        return publisher;
    }

    private Task AppendAsync(int count) =>
        Ledger.Store().AppendAsync([Facts.Write("training-a", Expected.Any, Enumerable.Range(0, count).Select(n => new Counted(n)))], Facts.Tester);

    private Task SealAsync() => new Sealer(Ledger.Store("registry"), NullLogger<Sealer>.Instance).SealAsync();
}
