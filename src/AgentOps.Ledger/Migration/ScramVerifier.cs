using System.Security.Cryptography;
using System.Text;

namespace AgentOps.Ledger;

/// <summary>What PostgreSQL keeps of a password. Sent in its place, a statement that fails puts no password into the server's log.</summary>
/// <remarks>SCRAM-SHA-256, RFC 5802 section 3 and RFC 7677, in the form of PostgreSQL's pg_authid: <c>SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey</c>.</remarks>
internal static class ScramVerifier
{
    private const int Iterations = 4096;
    private const int SaltBytes = 16;

    /// <param name="password">Printable ASCII, of which the normal form that both sides hash is itself.</param>
    /// <exception cref="ArgumentException">It has other characters.</exception>
    public static string Of(string password) => Of(password, RandomNumberGenerator.GetBytes(SaltBytes));

    internal static string Of(string password, byte[] salt)
    {
        if (!password.All(character => character is >= ' ' and <= '~'))
            throw new ArgumentException("A service's password has characters other than those of printable ASCII: generate another.", nameof(password));
        var salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.ASCII.GetBytes(password), salt, Iterations, HashAlgorithmName.SHA256, SHA256.HashSizeInBytes);
        var stored = SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8));
        var server = HMACSHA256.HashData(salted, "Server Key"u8);
        return $"SCRAM-SHA-256${Iterations}:{Convert.ToBase64String(salt)}${Convert.ToBase64String(stored)}:{Convert.ToBase64String(server)}";
    }
}
