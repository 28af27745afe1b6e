using AgentOps.Proofs;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentOps.Ledger.Tests;

/// <summary>Random changes of the database by its administrator, who also makes leaves, tiles and root anew: none fits what was signed outside.</summary>
public sealed class TamperingTests : LedgerTest
{
    private const int Mutations = 60;
    private static readonly int[] Signed = [7, 30, 48];
    private readonly string _path = Directory.CreateTempSubdirectory("agentops-tampering-").FullName;
    private readonly CheckpointFolder _folder;
    private readonly Random _random = new(7);

    public TamperingTests(PrivatePostgres postgres) : base(postgres) => _folder = new(_path);

    [Fact]
    public async Task No_change_of_the_database_passes()
    {
        await SignAsync();
        await TamperAsync("CREATE TABLE kept AS SELECT * FROM ledger.event");
        await using var db = Ledger.DataSource("judge");
        for (var i = 0; i < Mutations; i++)
        {
            var (touched, sql) = Change();
            await TamperAsync($"{sql}; {Consistently()}");
            await new Sealer(Ledger.Store("registry"), NullLogger<Sealer>.Instance).SealAsync();

            var fault = (await LedgerVerification.RunAsync(db, _folder.PublicKey(), _folder.All())).Fault;

            Assert.True(fault is not null, $"mutation {i} passes: {sql}");
            Assert.InRange(fault.Position, Signed.Append(0).Where(size => size < touched).Max() + 1, Math.Max(touched, 48));
            await TamperAsync("DELETE FROM ledger.event; INSERT INTO ledger.event SELECT * FROM kept; UPDATE ledger.head SET position = 48");
        }
    }

    public override async Task DisposeAsync()
    {
        Directory.Delete(_path, recursive: true);
        await base.DisposeAsync();
    }

    private (int Touched, string Sql) Change()
    {
        var at = _random.Next(1, 49);
        var other = _random.Next(1, 49);
        return _random.Next(9) switch
        {
            0 => (at, $$"""UPDATE ledger.event SET data = '{"number":{{_random.Next()}},"inputs":[],"outputs":[]}' WHERE position = {{at}}"""),
            1 => (at, $$"""UPDATE ledger.event SET meta = '{"actor":"{{_random.Next()}}"}' WHERE position = {{at}}"""),
            2 => (at, $"UPDATE ledger.event SET at = at + interval '{_random.Next(1, 1000)} microsecond' WHERE position = {at}"),
            3 => (at, $"UPDATE ledger.event SET id = gen_random_uuid() WHERE position = {at}"),
            4 => (at, $"UPDATE ledger.event SET type = 'training.noted.v{_random.Next(2, 9)}' WHERE position = {at}"),
            5 => (at, $"UPDATE ledger.event SET stream = 'training-{_random.Next(1000, 9999)}', version = 1 WHERE position = {at}"),
            6 => (at, $"DELETE FROM ledger.event WHERE position >= {at}; UPDATE ledger.head SET position = {at - 1}"),
            7 => (at, $"DELETE FROM ledger.event WHERE position = {at}; UPDATE ledger.event SET position = position - 1 WHERE position > {at}; UPDATE ledger.head SET position = 47"),
            _ => (Math.Min(at, other == at ? at % 48 + 1 : other), Swapped(at, other == at ? at % 48 + 1 : other)),
        };
    }

    private static string Swapped(int a, int b) =>
        $"UPDATE ledger.event SET position = -1 WHERE position = {a}; UPDATE ledger.event SET position = {a} WHERE position = {b}; UPDATE ledger.event SET position = {b} WHERE position = -1";

    /// <summary>Every second time versions are put in order as well; leaves, tiles and root always.</summary>
    private string Consistently() => (_random.Next(2) == 0 ? "" : """
        UPDATE ledger.event SET version = version + 10000;
        UPDATE ledger.event e SET version = n.version FROM (SELECT position, row_number() OVER (PARTITION BY stream ORDER BY position) AS version FROM ledger.event) n WHERE n.position = e.position;
        """) + """
        UPDATE ledger.event SET leaf = ledger.leaf(position, id, (extract(epoch FROM at) * 1000000)::bigint, version, stream, type, meta::text, data::text);
        DELETE FROM ledger.tile;
        UPDATE ledger.tree SET size = 0, root = sha256('')
        """;

    private async Task SignAsync()
    {
        var store = Ledger.Store("registry");
        var publisher = new CheckpointPublisher(store, _folder, new LogKeys(_folder, Path.Combine(_path, "log.key")), NullLogger<CheckpointPublisher>.Instance);
        foreach (var size in Signed)
        {
            var count = size - (int)await store.HeadAsync();
            await Ledger.Store().AppendAsync([.. Enumerable.Range(0, count).Select(n => Facts.Write($"training-{n % 4}", Expected.Any, new Counted(n)))], Facts.Tester);
            await new Sealer(store, NullLogger<Sealer>.Instance).SealAsync();
            await publisher.PublishAsync();
        }
    }

    private Task TamperAsync(string sql) => Ledger.AdminAsync($"SET session_replication_role = replica; {sql}");
}
