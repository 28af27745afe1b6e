using System.Security.Cryptography;
using System.Text;
using AgentOps.Proofs;

namespace AgentOps.Exports;

/// <summary>Whose signature on a document is believed: an ECDSA key of the curve P-256, P-384 or P-521.</summary>
public sealed class PublicKey
{
    private const string PemBegins = "-----BEGIN PUBLIC KEY-----";
    private readonly byte[] _spki;

    private PublicKey(byte[] spki) => _spki = spki;

    /// <summary>PEM SubjectPublicKeyInfo, ended by a newline: the form that other tools read.</summary>
    public string Pem => PemEncoding.WriteString("PUBLIC KEY", _spki) + "\n";

    /// <summary>The SHA-256 of <see cref="Pem"/> in hexadecimal, as Model Signing v1.0 has its <c>hint</c>.</summary>
    public string Hint => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Pem)));

    public static PublicKey Of(ECDsa key) => new(key.ExportSubjectPublicKeyInfo());

    /// <summary>Reads a PEM public key, or the ledger's <c>key.pub</c>: a note's key on each line.</summary>
    /// <exception cref="FormatException">The text holds neither.</exception>
    public static IReadOnlyList<PublicKey> Read(string text) => text.Contains(PemBegins, StringComparison.Ordinal)
        ? [OfPem(text)]
        : text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(OfNote).ToArray() is { Length: > 0 } keys
            ? keys
            : throw new FormatException("There is no public key: expected PEM, or name+id+base64 as in the ledger's key.pub.");

    /// <param name="signature">DER.</param>
    internal bool Verifies(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        using var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(_spki, out _);
        return key.VerifyData(data, signature, Dsse.HashOf(key), DSASignatureFormat.Rfc3279DerSequence);
    }

    private static PublicKey OfPem(string pem)
    {
        using var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            Dsse.HashOf(key);
            return Of(key);
        }
        catch (Exception malformed) when (malformed is ArgumentException or CryptographicException)
        {
            throw new FormatException($"This is not the PEM of an elliptic curve's public key: {malformed.Message}", malformed);
        }
    }

    /// <summary>The key stands behind the byte of its type in the base64 of the text.</summary>
    private static PublicKey OfNote(string line) => new(Convert.FromBase64String(NoteKey.Parse(line).ToString().Split('+', 3)[2])[1..]);
}
