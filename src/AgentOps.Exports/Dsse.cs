using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AgentOps.Exports;

/// <summary>A signed payload as DSSE has it (secure-systems-lab/dsse, envelope.md); both texts are base64.</summary>
public sealed record DsseEnvelope(string Payload, string PayloadType, IReadOnlyList<DsseSignature> Signatures);

/// <param name="KeyId">A hint at the key; nothing is believed because of it.</param>
public sealed record DsseSignature(string Sig, [property: JsonPropertyName("keyid")] string? KeyId = null);

/// <summary>Signs and opens DSSE envelopes of in-toto statements with ECDSA: SHA-256 for P-256, SHA-384 for P-384, SHA-512 for P-521, signatures in DER, as Sigstore has them.</summary>
public static class Dsse
{
    /// <summary>The one payload type here: in-toto attestation, spec/v1/envelope.md.</summary>
    public const string InToto = "application/vnd.in-toto+json";

    /// <summary>What is signed: <c>"DSSEv1" SP LEN(type) SP type SP LEN(body) SP body</c>, protocol.md of DSSE; lengths are bytes in decimal.</summary>
    public static byte[] PreAuthenticationEncoding(string type, ReadOnlySpan<byte> body) =>
        [.. Encoding.UTF8.GetBytes($"DSSEv1 {Encoding.UTF8.GetByteCount(type)} {type} {body.Length} "), .. body];

    /// <param name="key">A private key of the curves above.</param>
    public static DsseEnvelope Sign(ReadOnlySpan<byte> statement, ECDsa key)
    {
        var signature = key.SignData(PreAuthenticationEncoding(InToto, statement), HashOf(key), DSASignatureFormat.Rfc3279DerSequence);
        return new(Convert.ToBase64String(statement), InToto, [new(Convert.ToBase64String(signature), PublicKey.Of(key).Hint)]);
    }

    /// <summary>The statement, once one of the keys has been found to have signed it.</summary>
    /// <exception cref="SignatureRefusedException">None has, or it is no envelope of an in-toto statement.</exception>
    public static byte[] Open(DsseEnvelope envelope, IReadOnlyList<PublicKey> trusted)
    {
        if (envelope.PayloadType != InToto)
            throw new SignatureRefusedException($"The envelope holds '{envelope.PayloadType}'; expected {InToto}.");
        if (envelope.Signatures is not { Count: > 0 })
            throw new SignatureRefusedException("The envelope has no signature.");
        CheckElements(envelope.Signatures, "envelope's signatures");
        var payload = Decode(envelope.Payload, "payload");
        var signed = PreAuthenticationEncoding(envelope.PayloadType, payload);
        foreach (var signature in envelope.Signatures)
        {
            var bytes = Decode(signature.Sig, "signature");
            if (trusted.Any(key => key.Verifies(signed, bytes)))
                return payload;
        }
        throw new SignatureRefusedException("None of the keys that you trust has signed this, or it was changed after it was signed.");
    }

    /// <exception cref="SignatureRefusedException">It is no such document.</exception>
    internal static T Read<T>(ReadOnlySpan<byte> json, string what)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(json, Documents.Compact) ?? throw new SignatureRefusedException($"The {what} is null.");
        }
        catch (JsonException malformed)
        {
            throw new SignatureRefusedException($"The {what} is malformed: {malformed.Message}", malformed);
        }
    }

    /// <summary>That an element is not null the reader of JSON does not see to, as it does of a member.</summary>
    /// <exception cref="SignatureRefusedException">One is.</exception>
    internal static void CheckElements<T>(IEnumerable<T> elements, string what)
    {
        if (elements.Any(element => element is null))
            throw new SignatureRefusedException($"One of the {what} is null.");
    }

    internal static HashAlgorithmName HashOf(ECDsa key) => key.KeySize switch
    {
        256 => HashAlgorithmName.SHA256,
        384 => HashAlgorithmName.SHA384,
        521 => HashAlgorithmName.SHA512,
        var bits => throw new FormatException($"A key of {bits} bits is not one of the curves P-256, P-384 and P-521."),
    };

    /// <summary>DSSE takes the standard alphabet as well as the URL-safe one.</summary>
    private static byte[] Decode(string text, string what)
    {
        try
        {
            return Convert.FromBase64String(text.Replace('-', '+').Replace('_', '/'));
        }
        catch (FormatException malformed)
        {
            throw new SignatureRefusedException($"The envelope's {what} is not base64.", malformed);
        }
    }
}

/// <summary>A signature proves nothing; the message says why.</summary>
public sealed class SignatureRefusedException(string message, Exception? cause = null) : Exception(message, cause);
