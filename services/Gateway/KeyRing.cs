using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using Microsoft.Extensions.Hosting;

namespace AgentOps.Gateway;

/// <summary>A key as it can be listed; the key itself is known to its holder alone.</summary>
public sealed record AccessKey(Guid Id, string Name, Role Role, string CreatedBy, DateTimeOffset CreatedAt);

/// <summary>The keys in force: the stack's admin key, and those in the ledger, folded at the start and after every change.</summary>
public sealed class KeyRing(LedgerStore ledger, string adminKey) : BackgroundService
{
    public const string Stream = "access-keys";
    private static readonly TimeSpan Refresh = TimeSpan.FromSeconds(5);
    private readonly Digest _admin = HashOf(adminKey);
    private ConcurrentDictionary<Digest, AccessKey> _keys = new();
    private readonly SemaphoreSlim _loading = new(1, 1);

    // The last event that was read.
    private (int Version, Guid Id) _last;

    /// <summary>Those made after this one, which need not be in force any more; null: all. The oldest first: an id begins with its time.</summary>
    public IEnumerable<AccessKey> After(Guid? last) => _keys.Values.Where(key => last is not { } id || key.Id.CompareTo(id) > 0).OrderBy(key => key.Id);

    public static Digest HashOf(string key) => Digest.Of(Encoding.UTF8.GetBytes(key));

    /// <returns>Null for a key that is not in force.</returns>
    public Caller? Identify(string key)
    {
        var hash = HashOf(key);
        if (CryptographicOperations.FixedTimeEquals(hash.Bytes, _admin.Bytes))
            return new("admin", Role.Admin);
        return _keys.TryGetValue(hash, out var known) ? new(known.Name, known.Role) : null;
    }

    /// <returns>The new key, which is shown this once.</returns>
    public async Task<(AccessKey Key, string Secret)> CreateAsync(string name, Role role, Caller by, CancellationToken ct)
    {
        var secret = "ao-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        var id = Guid.CreateVersion7();
        await ledger.AppendAsync([new(Stream, Expected.Any, [new(Guid.CreateVersion7(), new KeyCreated(id, name, role, HashOf(secret), by.Actor))])], by.Asks(), ct);
        await LoadAsync(ct);
        return (_keys.Values.Single(key => key.Id == id), secret);
    }

    /// <exception cref="ProblemException">There is no such key.</exception>
    public async Task RevokeAsync(Guid id, Caller by, CancellationToken ct)
    {
        if (_keys.Values.All(key => key.Id != id))
            throw ProblemException.NotFound("key", id.ToString());
        await ledger.AppendAsync([new(Stream, Expected.Any, [new(NameBasedGuid.Of("revoked", id.ToString()), new KeyRevoked(id, by.Actor))])], by.Asks(), ct);
        await LoadAsync(ct);
    }

    public override void Dispose()
    {
        _loading.Dispose();
        base.Dispose();
    }

    public override async Task StartAsync(CancellationToken ct)
    {
        await LoadAsync(ct);
        await base.StartAsync(ct);
    }

    /// <summary>Another replica of the gateway may have changed the keys.</summary>
    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Refresh);
        while (await timer.WaitForNextTickAsync(ct))
            try
            {
                await LoadAsync(ct);
            }
            catch (Exception unreachable) when (unreachable is Npgsql.NpgsqlException or LedgerUnavailableException)
            {
                // The keys of the last look stay in force; /health says that the ledger is away.
            }
    }

    /// <summary>One at a time: a slow look must not bring back a key that a later one has revoked.</summary>
    private async Task LoadAsync(CancellationToken ct)
    {
        await _loading.WaitAsync(ct);
        try
        {
            await LoadInTurnAsync(ct);
        }
        finally
        {
            _loading.Release();
        }
    }

    /// <summary>From the last event that was read on; from the first where another one stands in its place, since then the ledger was restored from an older backup.</summary>
    private async Task LoadInTurnAsync(CancellationToken ct)
    {
        var known = await ledger.ReadStreamAsync(Stream, Math.Max(1, _last.Version), ct).FirstOrDefaultAsync(ct) is { } there && (there.Version, there.Id) == _last;
        var (keys, last) = known ? (_keys, _last) : (new(), default);
        await foreach (var stored in ledger.ReadStreamAsync(Stream, last.Version + 1, ct))
        {
            if (stored.Data is KeyCreated created)
                keys[created.Hash] = new(created.Key, created.Name, created.Role, created.CreatedBy, stored.At);
            else if (stored.Data is KeyRevoked revoked)
                foreach (var (hash, key) in keys.Where(entry => entry.Value.Id == revoked.Key))
                    keys.TryRemove(hash, out _);
            last = (stored.Version, stored.Id);
        }
        (_keys, _last) = (keys, last);
    }
}
