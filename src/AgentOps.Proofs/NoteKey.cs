using System.Security.Cryptography;
using System.Text;

namespace AgentOps.Proofs;

/// <summary>
/// Whose signature on a note is believed: ECDSA over P-256 and SHA-256, signatures in DER, signature type 0x02 of C2SP signed-note.
/// The key's id is the first four bytes of SHA-256 over its DER SPKI.
/// </summary>
public sealed class NoteKey
{
    private const byte EcdsaType = 0x02;

    // DER of a SubjectPublicKeyInfo of an uncompressed P-256 point, up to the point: RFC 5480.
    private static readonly byte[] P256 = Convert.FromHexString("3059301306072A8648CE3D020106082A8648CE3D03010703420004");
    private const int SpkiBytes = 91;
    private readonly byte[] _spki;

    // Reading a key costs as much as a verification, and a log has thousands of checkpoints of one key.
    private readonly Lazy<ECDsa> _key;

    /// <param name="name">No space, no plus and nothing that cannot be seen; a log's key is named as the log.</param>
    /// <param name="spki">The public key, DER SubjectPublicKeyInfo.</param>
    public NoteKey(string name, ReadOnlySpan<byte> spki)
    {
        if (!CanName(name))
            throw new ArgumentException(Unnameable(name), nameof(name));
        if (!IsP256(spki))
            throw new ArgumentException("The key is not one of the curve P-256.", nameof(spki));
        Name = name;
        _spki = spki.ToArray();
        _key = new(Read);
    }

    public string Name { get; }

    public ReadOnlySpan<byte> Id => SHA256.HashData(_spki).AsSpan(0, 4);

    /// <summary>Reads the text that <see cref="ToString"/> writes: name, plus, id in hexadecimal, plus, base64 of type and key.</summary>
    /// <exception cref="FormatException">It is not the public key of a note.</exception>
    public static NoteKey Parse(string text)
    {
        var parts = text.Trim().Split('+', 3);
        var bytes = new byte[text.Length];
        if (parts is not [{ Length: > 0 } name, var id, var encoded] || !Convert.TryFromBase64String(encoded, bytes, out var count) || count == 0 || bytes[0] != EcdsaType || !IsP256(bytes.AsSpan(1, count - 1)))
            throw new FormatException("A public key is written as name+id+base64 of the byte 2 and an ECDSA key of the curve P-256.");
        if (!CanName(name))
            throw new FormatException(Unnameable(name));
        var key = new NoteKey(name, bytes.AsSpan(1, count - 1));
        if (Convert.ToHexStringLower(key.Id) != id)
            throw new FormatException($"The id {id} is not that of the key behind it.");
        key.CheckPoint();
        return key;
    }

    public override string ToString() => $"{Name}+{Convert.ToHexStringLower(Id)}+{Convert.ToBase64String([EcdsaType, .. _spki])}";

    /// <summary>A name is printed for people who compare it: what a terminal would obey, or does not show, would let one key pass for another.</summary>
    private static bool CanName(string name) => name.Length > 0 && PlainText.Is(name) && !name.Any(character => char.IsWhiteSpace(character) || character == '+');

    private static string Unnameable(string name) => $"'{PlainText.Of(name)}' cannot name a key: it needs characters that can be seen, other than spaces and plus.";

    private static bool IsP256(ReadOnlySpan<byte> spki) => spki.Length == SpkiBytes && spki.StartsWith(P256);

    /// <summary>Whether this key has signed the note. Signatures of other keys say nothing; one of this key that does not fit spoils the note.</summary>
    public bool Verifies(SignedNote note)
    {
        var own = note.Signatures.Where(signature => signature.Name == Name && Id.SequenceEqual(signature.KeyId)).ToList();
        return own.Count > 0 && own.TrueForAll(signature => Verifies(Encoding.UTF8.GetBytes(note.Text), signature.Bytes));
    }

    internal bool Verifies(byte[] text, byte[] signature)
    {
        lock (_key)
            return _key.Value.VerifyData(text, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }

    private void CheckPoint()
    {
        try
        {
            _ = _key.Value;
        }
        catch (CryptographicException cause)
        {
            throw new FormatException($"The key {Name} is no point of the curve P-256.", cause);
        }
    }

    private ECDsa Read()
    {
        var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(_spki, out _);
        return key;
    }
}

/// <summary>Signs notes under a name.</summary>
public sealed class NoteSigner(string name, ECDsa key)
{
    public NoteKey PublicKey { get; } = new(name, key.ExportSubjectPublicKeyInfo());

    /// <param name="text">Ends with a newline.</param>
    public SignedNote Sign(string text) =>
        new(text, [new(name, PublicKey.Id.ToArray(), key.SignData(Encoding.UTF8.GetBytes(text), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence))]);
}
