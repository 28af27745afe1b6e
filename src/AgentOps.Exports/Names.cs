using System.Globalization;
using System.Text.Json;
using AgentOps.Contracts;

namespace AgentOps.Exports;

/// <summary>How the documents name what events refer to, the same everywhere: <c>urn:agentops:KIND:ID</c> (RFC 8141), the digest where there is one. Times are RFC 3339 in UTC.</summary>
internal static class Names
{
    public const string Prefix = "urn:agentops:";

    public static string Urn(Reference reference) => Urn(Kind(reference.Kind), reference.Id);

    public static string Urn(string kind, string id) => $"{Prefix}{kind}:{Escaped(id)}";

    public static string Kind(ReferenceKind kind) => JsonNamingPolicy.KebabCaseLower.ConvertName(kind.ToString());

    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    /// <summary>An environment's name and version, and the hash of how it behaves where the reference has it.</summary>
    /// <param name="id">Such as <c>household/2#sha256:…</c>, or a name alone.</param>
    public static (string Name, string? Version, Digest? Hash) Environment(string id)
    {
        var parts = id.Split('#', 2);
        var named = parts[0].Split('/', 2);
        return (named[0], named.ElementAtOrDefault(1), Digest.TryParse(parts.ElementAtOrDefault(1), out var hash) ? hash : null);
    }

    /// <summary>The git commit of a code version such as <c>0.1.0+40 hexadecimal digits</c>; null where it has none.</summary>
    public static string? Commit(string code) => code.Split('+') is [_, { Length: 40 } commit] && commit.All(char.IsAsciiHexDigit) ? commit : null;

    // A digest and a version read better as they are; a colon may stand in a URN.
    private static string Escaped(string id) => Uri.EscapeDataString(id).Replace("%3A", ":", StringComparison.Ordinal).Replace("%2F", "/", StringComparison.Ordinal).Replace("%40", "@", StringComparison.Ordinal);
}
