using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace AgentOps.Proofs;

/// <summary>
/// Whose cosignature on a checkpoint is believed: the timestamped message of C2SP tlog-cosignature v1, signed with ECDSA over P-256 and SHA-256 in DER
/// where the specification has Ed25519, which .NET 10 does not offer. So that nobody takes it for one, the signature type is 0xff with a name of its own.
/// </summary>
public sealed class CosignatureKey
{
    private const int TimeBytes = 8;
    private static readonly byte[] Type = [0xff, .. "agentops/ecdsa-p256-cosignature/v1\n"u8];
    private readonly NoteKey _key;
    private readonly byte[] _spki;

    /// <param name="name">Of the witness: no space and no plus.</param>
    /// <param name="spki">The public key, DER SubjectPublicKeyInfo.</param>
    public CosignatureKey(string name, ReadOnlySpan<byte> spki) => (_key, _spki) = (new(name, spki), spki.ToArray());

    public string Name => _key.Name;

    public ReadOnlySpan<byte> Id => SHA256.HashData([.. Encoding.UTF8.GetBytes(Name), (byte)'\n', .. Type, .. _spki]).AsSpan(0, 4);

    /// <summary>Reads the text that <see cref="ToString"/> writes: name, plus, id in hexadecimal, plus, base64 of type and key.</summary>
    /// <exception cref="FormatException">It is not the public key of a witness.</exception>
    public static CosignatureKey Parse(string text)
    {
        var parts = text.Trim().Split('+', 3);
        var bytes = new byte[text.Length];
        if (parts is not [{ Length: > 0 } name, var id, var encoded] || !Convert.TryFromBase64String(encoded, bytes, out var count) || !bytes.AsSpan(0, count).StartsWith(Type))
            throw new FormatException("A witness's public key is written as name+id+base64 of its type and an ECDSA key of the curve P-256.");
        try
        {
            var key = new CosignatureKey(name, bytes.AsSpan(Type.Length, count - Type.Length));
            return Convert.ToHexStringLower(key.Id) == id ? key : throw new FormatException($"The id {id} is not that of the key behind it.");
        }
        catch (ArgumentException malformed)
        {
            throw new FormatException(malformed.Message, malformed);
        }
    }

    public override string ToString() => $"{Name}+{Convert.ToHexStringLower(Id)}+{Convert.ToBase64String([.. Type, .. _spki])}";

    /// <summary>Whether a signature line says that it is of this key; whether it fits is seen by <see cref="TimeOf"/>.</summary>
    public bool IsNamedBy(NoteSignature signature) => signature.Name == Name && Id.SequenceEqual(signature.KeyId);

    /// <summary>When this witness has cosigned the note; null where it has not.</summary>
    /// <exception cref="FormatException">A cosignature of this key does not fit, which spoils the note.</exception>
    public DateTimeOffset? TimeOf(SignedNote note)
    {
        DateTimeOffset? latest = null;
        foreach (var signature in note.Signatures.Where(IsNamedBy))
        {
            if (signature.Bytes.Length <= TimeBytes || BinaryPrimitives.ReadInt64BigEndian(signature.Bytes) is not (>= 0 and <= 253_402_300_799 and var seconds)
                || !_key.Verifies(Encoding.UTF8.GetBytes(Message(note.Text, seconds)), signature.Bytes[TimeBytes..]))
                throw new FormatException($"The cosignature of {Name} does not fit the checkpoint.");
            var at = DateTimeOffset.FromUnixTimeSeconds(seconds);
            latest = latest > at ? latest : at;
        }
        return latest;
    }

    /// <summary>The cosignature line of a witness.</summary>
    /// <param name="text">Of the checkpoint.</param>
    public static NoteSignature Cosign(string name, ECDsa key, string text, DateTimeOffset at)
    {
        var seconds = at.ToUnixTimeSeconds();
        var bytes = new byte[TimeBytes];
        BinaryPrimitives.WriteInt64BigEndian(bytes, seconds);
        var signature = key.SignData(Encoding.UTF8.GetBytes(Message(text, seconds)), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        return new(name, new CosignatureKey(name, key.ExportSubjectPublicKeyInfo()).Id.ToArray(), [.. bytes, .. signature]);
    }

    private static string Message(string text, long seconds) => string.Create(CultureInfo.InvariantCulture, $"cosignature/v1\ntime {seconds}\n{text}");
}
