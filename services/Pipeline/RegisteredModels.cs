using AgentOps.Contracts;
using AgentOps.Ledger;

namespace AgentOps.Pipeline;

/// <summary>What a registered model's name means now.</summary>
public static class RegisteredModels
{
    /// <param name="reference"><c>name@alias</c> or <c>name:version</c>.</param>
    /// <returns>The version and its digest, or null where there is no such alias or version.</returns>
    public static async Task<RegisteredModel?> ResolveAsync(LedgerStore ledger, string reference, CancellationToken ct)
    {
        var separator = reference.IndexOfAny(['@', ':']);
        var (name, which) = (reference[..separator], reference[(separator + 1)..]);
        var versions = new Dictionary<int, Digest>();
        var aliases = new Dictionary<string, int>();
        await foreach (var stored in ledger.ReadStreamAsync($"model-{name}", ct: ct))
            if (stored.Data is ModelVersionRegistered registered)
                versions[registered.Version] = registered.Digest;
            else if (stored.Data is AliasMoved moved)
                aliases[moved.Alias] = moved.Version;
        var version = reference[separator] == '@' ? aliases.GetValueOrDefault(which) : int.Parse(which);
        return versions.TryGetValue(version, out var digest) ? new($"{name}:{version}", digest) : null;
    }
}

/// <param name="Version">Such as <c>household-agent:3</c>.</param>
public sealed record RegisteredModel(string Version, Digest Digest);
