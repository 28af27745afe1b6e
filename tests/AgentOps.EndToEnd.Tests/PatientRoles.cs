using Npgsql;

namespace AgentOps.EndToEnd.Tests;

/// <summary>Services whose appends wait longer for a lock than a service takes to come up again.</summary>
public sealed class PatientRoles : IAsyncDisposable
{
    private readonly NpgsqlConnection _database;
    private readonly string[] _roles;

    private PatientRoles(NpgsqlConnection database, string[] roles)
    {
        _database = database;
        _roles = roles;
    }

    public static async Task<PatientRoles> MakeAsync(Stack stack, params string[] roles)
    {
        var patient = new PatientRoles(await stack.AdministrateAsync(), roles);
        await patient.SetAsync("50s");
        return patient;
    }

    public async ValueTask DisposeAsync()
    {
        // What the migration gives every service.
        await SetAsync("10s");
        await _database.DisposeAsync();
    }

    /// <summary>A role's settings hold from the login on: its sessions are ended, and it comes again.</summary>
    private async Task SetAsync(string lockTimeout)
    {
        foreach (var role in _roles)
        {
            await using var command = new NpgsqlCommand(
                $"ALTER ROLE {role} SET lock_timeout = '{lockTimeout}'; SELECT count(pg_terminate_backend(pid, 60000)) FROM pg_stat_activity WHERE usename = '{role}'", _database);
            await command.ExecuteNonQueryAsync();
        }
    }
}
