using System.Security.Cryptography;
using System.Text;

namespace AgentOps.Subjects;

/// <summary>
/// Encrypts one subject's data: AES-256-GCM (NIST SP 800-38D) with a nonce that follows from the plaintext, HMAC-SHA-256 of it under a key of its own, as in SIV (RFC 5297 section 3).
/// So the same data under the same key is the same bytes, in every run: digests can be compared, and a run that is made again comes to the same. The price: who sees two ciphertexts sees whether they are equal.
/// </summary>
public sealed class SubjectKey
{
    public const int Bytes = 32;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    private readonly string _subject;
    private readonly byte[] _encryption;
    private readonly byte[] _nonces;

    /// <param name="key"><see cref="Bytes"/> random bytes.</param>
    public SubjectKey(string subject, byte[] key)
    {
        _subject = subject;
        _encryption = HKDF.DeriveKey(HashAlgorithmName.SHA256, key, Bytes, info: "agentops/subject/encryption"u8.ToArray());
        _nonces = HKDF.DeriveKey(HashAlgorithmName.SHA256, key, Bytes, info: "agentops/subject/nonces"u8.ToArray());
    }

    /// <param name="what">What kind of data it is; nothing of one kind can stand in the place of another.</param>
    /// <returns>Nonce, ciphertext and tag.</returns>
    public byte[] Encrypt(string what, ReadOnlySpan<byte> data)
    {
        var associated = Associated(what);
        var nonce = Nonce(associated, data);
        var result = new byte[NonceBytes + data.Length + TagBytes];
        nonce.CopyTo(result, 0);
        using var aes = new AesGcm(_encryption, TagBytes);
        aes.Encrypt(nonce, data, result.AsSpan(NonceBytes, data.Length), result.AsSpan(NonceBytes + data.Length), associated);
        return result;
    }

    /// <exception cref="SubjectUnreadableException">It was encrypted under another key or as something else, or was changed.</exception>
    public byte[] Decrypt(string what, ReadOnlySpan<byte> encrypted)
    {
        try
        {
            var data = new byte[encrypted.Length - NonceBytes - TagBytes];
            using var aes = new AesGcm(_encryption, TagBytes);
            aes.Decrypt(encrypted[..NonceBytes], encrypted[NonceBytes..^TagBytes], encrypted[^TagBytes..], data, Associated(what));
            return data;
        }
        catch (Exception unreadable) when (unreadable is CryptographicException or OverflowException or ArgumentOutOfRangeException)
        {
            throw new SubjectUnreadableException(_subject, $"The {what} of subject '{_subject}' cannot be decrypted: it was changed, or encrypted under another key than the one that is kept now.", unreadable);
        }
    }

    private byte[] Associated(string what) => Encoding.UTF8.GetBytes($"{_subject}\n{what}");

    private byte[] Nonce(byte[] associated, ReadOnlySpan<byte> data)
    {
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _nonces);
        mac.AppendData(BitConverter.GetBytes(associated.LongLength));
        mac.AppendData(associated);
        mac.AppendData(data);
        return mac.GetHashAndReset()[..NonceBytes];
    }
}
