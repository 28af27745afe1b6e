using System.Security.Cryptography;
using AgentOps.Proofs;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace AgentOps.Ledger.Tests;

/// <summary>What an administrator of the database can change without a trace inside of it shows against what was signed outside.</summary>
public sealed class CheckpointTests : LedgerTest
{
    private readonly string _path = Directory.CreateTempSubdirectory("agentops-checkpoints-").FullName;
    private readonly CheckpointFolder _folder;

    public CheckpointTests(PrivatePostgres postgres) : base(postgres) => _folder = new(_path);

    private string KeyFile => Path.Combine(_path, "log.key");

    private NoteKey Key => _folder.PublicKey()!;

    [Fact]
    public async Task What_is_sealed_is_signed_once_and_kept_in_both_places()
    {
        await AppendAsync(3);
        await SealAsync();
        var publisher = Publisher();
        Assert.Equal(3, await publisher.PublishAsync());
        Assert.Equal(3, await publisher.PublishAsync());
        await AppendAsync(2);
        await SealAsync();
        Assert.Equal(5, await publisher.PublishAsync());

        Assert.Equal([3, 5], _folder.All().Select(checkpoint => checkpoint.Size));
        Assert.Equal(await Ledger.AdminAsync("SELECT root FROM ledger.tree"), _folder.All()[1].Open(Key).Root);
        var stored = await SignedTree.LastAsync(Ledger.DataSource("judge"), null);
        Assert.Equal((5, File.ReadAllText(Path.Combine(_path, "0000000000000005.note"))), (stored!.Size, stored.Note));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile));
    }

    [Fact]
    public async Task A_ledger_that_continues_what_was_signed_fits_every_checkpoint()
    {
        await SignAsync(10, 300, 1);

        var report = await VerifyAsync();

        Assert.Equal((true, 311L, 3), (report.Holds, report.Events, report.Checkpoints));
    }

    [Theory]
    [InlineData(4, 1)]
    [InlineData(10, 1)]
    [InlineData(11, 11)]
    [InlineData(310, 11)]
    [InlineData(311, 311)]
    public async Task A_change_with_its_leaf_tree_and_root_is_found_between_two_checkpoints(long changed, long named)
    {
        await SignAsync(10, 300, 1);
        await TamperAsync($$"""UPDATE ledger.event SET data = '{"number":7777,"inputs":[],"outputs":[]}' WHERE position = {{changed}}""");
        await SealAnewAsync();

        Assert.True((await LedgerVerification.RunAsync(Ledger.DataSource("judge"))).Holds);
        var fault = (await VerifyAsync()).Fault;

        Assert.Equal(named, fault!.Position);
        Assert.Contains("not those for which a checkpoint was signed", fault.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DELETE FROM ledger.event WHERE position > 290; UPDATE ledger.head SET position = 290", 291)]
    [InlineData("DELETE FROM ledger.event; UPDATE ledger.head SET position = 0", 1)]
    public async Task A_ledger_cut_below_what_was_signed_is_found(string tampering, long named)
    {
        await SignAsync(10, 300);
        await TamperAsync(tampering);
        await SealAnewAsync();

        Assert.True((await LedgerVerification.RunAsync(Ledger.DataSource("judge"))).Holds);
        Assert.Equal(named, (await VerifyAsync()).Fault!.Position);
    }

    [Theory]
    [InlineData("UPDATE ledger.event SET data = '{\"number\":7777,\"inputs\":[],\"outputs\":[]}' WHERE position = 7")]
    [InlineData("DELETE FROM ledger.event WHERE position > 290; UPDATE ledger.head SET position = 290")]
    public async Task Nothing_is_signed_that_does_not_continue_what_was_signed_before(string tampering)
    {
        await SignAsync(300);
        await TamperAsync(tampering);
        await SealAnewAsync();
        await AppendAsync(20);
        await SealAsync();

        var refused = await Assert.ThrowsAsync<CheckpointRefusedException>(() => Publisher().PublishAsync());

        Assert.Contains("does not continue the checkpoint of 300 events", refused.Message, StringComparison.Ordinal);
        Assert.Single(_folder.All());
    }

    [Fact]
    public async Task A_checkpoint_of_another_key_or_another_size_is_named_by_its_file()
    {
        await SignAsync(3);
        var file = Path.Combine(_path, "0000000000000003.note");
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var forged = Path.Combine(_path, "0000000000000004.note");
        File.WriteAllText(forged, new NoteSigner(Key.Name, stranger).Sign(new Checkpoint(Key.Name, 4, new byte[32]).Text).ToString());
        await AppendAsync(1);

        Assert.Contains(forged, (await VerifyAsync()).Fault!.Reason, StringComparison.Ordinal);

        File.Delete(forged);
        File.Copy(file, forged);
        Assert.Contains("of 3 events, which is not what its name says", (await VerifyAsync()).Fault!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_signed_and_could_not_be_stored_is_stored_by_the_next_pass()
    {
        await SignAsync(3);
        await Ledger.AdminAsync("DELETE FROM ledger.checkpoint");

        await Publisher().PublishAsync();

        Assert.Equal(3, (await SignedTree.LastAsync(Ledger.DataSource("judge"), null))!.Size);
        Assert.Single(_folder.All());
    }

    [Fact]
    public async Task A_tree_that_cannot_be_read_is_signed_when_it_can_be()
    {
        await SignAsync(300);
        await AppendAsync(10);
        await SealAsync();
        await TamperAsync("CREATE TABLE kept AS SELECT * FROM ledger.tile; DELETE FROM ledger.tile");
        var errors = new FirstError();
        await using var running = new Running(Publisher(errors, TimeSpan.FromMilliseconds(50)).RunAsync);
        Assert.Contains("missing or too short", (await errors.Logged.WaitAsync(TimeSpan.FromMinutes(1))).Message, StringComparison.Ordinal);

        await TamperAsync("INSERT INTO ledger.tile SELECT * FROM kept; DROP TABLE kept");

        await Eventually.TrueAsync(() => Task.FromResult(_folder.All().Count == 2));
    }

    [Fact]
    public async Task A_log_that_began_anew_is_exported_with_its_own_checkpoints_alone()
    {
        await SignAsync(3, 2);
        var before = Key;
        // As decision 11 says: folder and key are moved away together.
        foreach (var file in Directory.GetFiles(_path))
            File.Delete(file);
        var db = Ledger.DataSource("judge");
        Assert.Null(await SignedTree.LastAsync(db, new LogKeys(_folder, KeyFile).First));

        // Of the size that the log before it has signed last, and of one more.
        await Publisher().PublishAsync();
        await SignAsync(1);

        Assert.NotEqual(before.Name, Key.Name);
        Assert.Equal(await NotesAsync(5, 6), _folder.All().Select(kept => kept.Note));
        using var export = new MemoryStream();
        await ExportedLedger.WriteAsync(db, Key, _folder, 6, export);
        export.Position = 0;
        var report = ExportVerifier.Verify(export, Key);
        Assert.Equal((null, 6L, 2), (report.Fault, report.Events, report.Checkpoints));

        async Task<string[]> NotesAsync(params long[] sizes) =>
            [.. (await SignedTree.FromAsync(db, Key, 1, 6)).Where(tree => sizes.Contains(tree.Size)).Select(tree => tree.Note)];
    }

    [Fact]
    public async Task Another_key_than_the_folders_is_refused_at_the_start()
    {
        await SignAsync(3);
        File.Delete(KeyFile);

        Assert.StartsWith($"{KeyFile} is not there, the key of {_folder.PublicKeyFile}", Assert.Throws<InvalidOperationException>(() => new LogKeys(_folder, KeyFile)).Message, StringComparison.Ordinal);

        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(KeyFile, other.ExportPkcs8PrivateKeyPem());
        Assert.StartsWith($"{KeyFile} is not the key of {_folder.PublicKeyFile}", Assert.Throws<InvalidOperationException>(() => new LogKeys(_folder, KeyFile)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Checkpoints_without_a_public_key_are_not_passed_over()
    {
        await SignAsync(3);
        File.Delete(_folder.PublicKeyFile);

        Assert.Throws<FormatException>(() => _folder.PublicKey());
    }

    [Fact]
    public async Task Nobody_but_the_registry_keeps_a_checkpoint_and_none_is_ahead_of_the_tree()
    {
        Assert.Equal("42501", (await RefusedAsync("trainer")).SqlState);
        Assert.Contains("ahead of the tree", (await RefusedAsync("registry")).MessageText, StringComparison.Ordinal);
    }

    public override async Task DisposeAsync()
    {
        Directory.Delete(_path, recursive: true);
        await base.DisposeAsync();
    }

    private async Task<PostgresException> RefusedAsync(string service)
    {
        await using var db = Ledger.DataSource(service);
        await using var command = db.CreateCommand("SELECT ledger.keep_checkpoint(1, 'note')");
        return await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteScalarAsync());
    }

    private CheckpointPublisher Publisher(ILogger<CheckpointPublisher>? log = null, TimeSpan? pause = null) =>
        new(Ledger.Store("registry"), _folder, new LogKeys(_folder, KeyFile), log ?? NullLogger<CheckpointPublisher>.Instance, pause);

    private async Task SignAsync(params int[] counts)
    {
        foreach (var count in counts)
        {
            await AppendAsync(count);
            await SealAsync();
            await Publisher().PublishAsync();
        }
    }

    private Task AppendAsync(int count) =>
        Ledger.Store().AppendAsync([Facts.Write("training-a", Expected.Any, Enumerable.Range(0, count).Select(n => new Counted(n)))], Facts.Tester);

    private Task SealAsync() => new Sealer(Ledger.Store("registry"), NullLogger<Sealer>.Instance).SealAsync();

    private Task TamperAsync(string sql) => Ledger.AdminAsync($"SET session_replication_role = replica; {sql}");

    /// <summary>Makes the tree of what stands there now, as its administrator could.</summary>
    private async Task SealAnewAsync()
    {
        await TamperAsync("""
            UPDATE ledger.event SET leaf = ledger.leaf(position, id, (extract(epoch FROM at) * 1000000)::bigint, version, stream, type, meta::text, data::text);
            DELETE FROM ledger.tile;
            UPDATE ledger.tree SET size = 0, root = sha256('')
            """);
        await SealAsync();
    }

    private Task<VerificationReport> VerifyAsync() => LedgerVerification.RunAsync(Ledger.DataSource("judge"), Key, _folder.All());

    /// <summary>A log of which the first error matters.</summary>
    private sealed class FirstError : ILogger<CheckpointPublisher>
    {
        private readonly TaskCompletionSource<Exception> _logged = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<Exception> Logged => _logged.Task;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel level) => level >= LogLevel.Error;

        public void Log<TState>(LogLevel level, EventId id, TState state, Exception? exception, Func<TState, Exception?, string> format)
        {
            if (level == LogLevel.Error)
                _logged.TrySetResult(exception!);
        }
    }
}
