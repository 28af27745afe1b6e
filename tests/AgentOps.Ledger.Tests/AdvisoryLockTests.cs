namespace AgentOps.Ledger.Tests;

public sealed class AdvisoryLockTests(PrivatePostgres postgres) : LedgerTest(postgres)
{
    [Fact]
    public async Task One_that_went_with_its_connection_is_given_up_without_an_error_and_can_be_taken_again()
    {
        var db = Ledger.DataSource("judge");
        var held = await AdvisoryLock.TakeAsync(db, "a turn", CancellationToken.None);

        await Ledger.AdminAsync("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'judge'");
        await held.DisposeAsync();

        await using var again = await AdvisoryLock.TakeAsync(db, "a turn", CancellationToken.None).WaitAsync(TimeSpan.FromMinutes(1));
    }
}
