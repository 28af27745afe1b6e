using AgentOps.Contracts;
using AgentOps.Hosting;

namespace AgentOps.Registry;

/// <summary>What may stand as the id of a reference in a request.</summary>
internal static class ReferenceIds
{
    private const int MostCharacters = 1000;

    /// <exception cref="ProblemException">A thing of this kind cannot have this id.</exception>
    public static Reference Checked(ReferenceKind kind, string id)
    {
        var expected = kind switch
        {
            _ when id.Length is 0 or > MostCharacters || id.Any(char.IsControl) => $"1 to {MostCharacters} characters, none of them a control character",
            _ when kind.IsContent() => Digest.TryParse(id, out _) ? null : "sha256: and 64 lower-case hexadecimal digits",
            _ when kind.IsWork() => Guid.TryParseExact(id, "D", out var guid) && guid.ToString() == id ? null : "a UUID in lower case, such as 0197f3a0-1c00-7000-8000-000000000001",
            _ => null,
        };
        return expected is null ? new(kind, id) : throw ProblemException.BadRequest("reference-id", $"'{Shown(id)}' is no id of this kind: expected {expected}.");
    }

    /// <summary>As an answer may repeat it.</summary>
    public static string Shown(string text) => string.Concat(text.Take(80).Select(c => char.IsControl(c) ? '\uFFFD' : c));
}
