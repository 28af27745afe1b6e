using Npgsql;

namespace AgentOps.Ledger;

/// <summary>Brings a database to the ledger's present schema: roles, schemas, tables, functions. Running it again changes nothing but passwords.</summary>
public static class LedgerMigration
{
    /// <summary>The role that may read the ledger, and write nowhere.</summary>
    public const string Reader = "agentops_reader";

    private const long LockKey = 0x4c65_6467_6572; // "Ledger"

    /// <param name="adminConnectionString">A superuser, or a role that may create roles and schemas, on the ledger's own database.</param>
    /// <param name="roles">Every service with its password.</param>
    /// <param name="readerPassword">Of <see cref="Reader"/>; null: nobody logs in as that.</param>
    /// <exception cref="LedgerMigrationException">A script that ran already was changed, or the database was migrated by a newer version.</exception>
    public static async Task RunAsync(string adminConnectionString, IReadOnlyList<ServiceRole> roles, string? readerPassword = null, CancellationToken ct = default)
    {
        await using var connection = new NpgsqlConnection(adminConnectionString);
        await connection.OpenAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await ExecuteAsync(connection, $"SELECT pg_advisory_xact_lock({LockKey})", ct);
        await ExecuteAsync(connection, "SET LOCAL client_min_messages = warning", ct);
        await CreateSchemaAsync(connection, ct);
        foreach (var role in roles)
            await CreateServiceAsync(connection, role, ct);
        await ExecuteAsync(connection, readerPassword is null ? $"ALTER ROLE {Reader} NOLOGIN" : $"ALTER ROLE {Reader} LOGIN PASSWORD '{ScramVerifier.Of(readerPassword)}'; {Limits(Reader)}", ct);

        await ExecuteAsync(connection, "SET LOCAL ROLE agentops_owner", ct);
        await ApplyScriptsAsync(connection, ct);
        await transaction.CommitAsync(ct);
    }

    private static async Task CreateSchemaAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await CreateRoleAsync(connection, "agentops_owner", "NOLOGIN", ct);
        await CreateRoleAsync(connection, "agentops_service", "NOLOGIN", ct);
        await CreateRoleAsync(connection, Reader, "NOLOGIN", ct);
        var database = Quote(connection.Database);
        await ExecuteAsync(connection, $"""
            GRANT agentops_owner TO CURRENT_USER;
            CREATE SCHEMA IF NOT EXISTS ledger AUTHORIZATION agentops_owner;
            REVOKE ALL ON SCHEMA public FROM PUBLIC;
            REVOKE ALL ON DATABASE {database} FROM PUBLIC;
            GRANT CONNECT ON DATABASE {database} TO agentops_service, {Reader};
            CREATE TABLE IF NOT EXISTS ledger.migration (name text PRIMARY KEY, hash text NOT NULL, at timestamptz NOT NULL DEFAULT now());
            ALTER TABLE ledger.migration OWNER TO agentops_owner;
            """, ct);
    }

    /// <summary>Whoever comes waits 10 s for a lock, works 60 s on a statement and idles 30 s in a transaction at most: nobody may stop the ledger.</summary>
    private static string Limits(string role) =>
        $"ALTER ROLE {role} SET lock_timeout = '10s'; ALTER ROLE {role} SET statement_timeout = '60s'; ALTER ROLE {role} SET idle_in_transaction_session_timeout = '30s'";

    private static async Task CreateServiceAsync(NpgsqlConnection connection, ServiceRole role, CancellationToken ct)
    {
        await CreateRoleAsync(connection, role.Name, "LOGIN", ct);
        var name = Quote(role.Name);
        await ExecuteAsync(connection, $"""
            ALTER ROLE {name} PASSWORD '{ScramVerifier.Of(role.Password)}';
            ALTER ROLE {name} SET search_path = {name};
            {Limits(name)};
            GRANT agentops_service TO {name};
            CREATE SCHEMA IF NOT EXISTS {name};
            CREATE SCHEMA IF NOT EXISTS {Quote(role.Name + "_rebuild")};
            GRANT ALL ON SCHEMA {name}, {Quote(role.Name + "_rebuild")} TO {name};
            CREATE TABLE IF NOT EXISTS {name}.subscription (name text PRIMARY KEY, position bigint NOT NULL, definition text NOT NULL);
            GRANT SELECT, INSERT, UPDATE, DELETE ON {name}.subscription TO {name};
            """, ct);
    }

    private static async Task ApplyScriptsAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var applied = await AppliedAsync(connection, ct);
        var scripts = MigrationScript.All();
        var unknown = applied.Keys.Except(scripts.Select(s => s.Name)).FirstOrDefault();
        if (unknown is not null)
            throw new LedgerMigrationException($"The database has '{unknown}', which this version does not know: it was migrated by a newer version; run that one.");

        foreach (var script in scripts)
        {
            var before = applied.GetValueOrDefault(script.Name);
            if (before == script.Hash && !script.RunsAlways)
                continue;
            if (before is not null && script.RunsOnce)
                throw new LedgerMigrationException($"'{script.Name}' was changed after it ran on this database: restore it and write a new script.");
            await ExecuteAsync(connection, script.Sql, ct);
            await using var record = new NpgsqlCommand(
                "INSERT INTO ledger.migration (name, hash) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET hash = $2, at = now()", connection);
            record.Parameters.Add(new() { Value = script.Name });
            record.Parameters.Add(new() { Value = script.Hash });
            await record.ExecuteNonQueryAsync(ct);
        }
    }

    private static async Task<Dictionary<string, string>> AppliedAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var applied = new Dictionary<string, string>();
        await using var command = new NpgsqlCommand("SELECT name, hash FROM ledger.migration", connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            applied[reader.GetString(0)] = reader.GetString(1);
        return applied;
    }

    private static Task CreateRoleAsync(NpgsqlConnection connection, string name, string login, CancellationToken ct) =>
        ExecuteAsync(connection, $"""
            DO $$ BEGIN
                IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}') THEN CREATE ROLE {Quote(name)} {login}; END IF;
            END $$
            """, ct);

    private static string Quote(string identifier) => $"\"{identifier.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
    }
}

/// <summary>The database cannot be brought to this version's schema; the message says why.</summary>
public sealed class LedgerMigrationException(string message) : Exception(message);
