using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AgentOps.Contracts;

/// <summary>The SHA-256 of some bytes, written <c>sha256:</c> and 64 lower-case hexadecimal digits. It is how files, models and data sets are named.</summary>
[JsonConverter(typeof(DigestJson))]
public readonly record struct Digest
{
    private const string Prefix = "sha256:";
    private readonly string? _text;

    private Digest(string text) => _text = text;

    /// <summary>The 64 hexadecimal digits without the prefix.</summary>
    public string Hex => ToString()[Prefix.Length..];

    public byte[] Bytes => Convert.FromHexString(Hex);

    public static Digest Of(ReadOnlySpan<byte> content) => FromHash(SHA256.HashData(content));

    /// <summary>The digest of everything from the stream's present place to its end.</summary>
    public static async Task<Digest> OfAsync(Stream content, CancellationToken ct = default) =>
        FromHash(await SHA256.HashDataAsync(content, ct));

    /// <summary>The digest of what stands in several parts, each as JSON on a line of its own.</summary>
    public static Digest OfLines<T>(IEnumerable<T> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in parts)
        {
            hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(part, EventRegistry.Json));
            hash.AppendData("\n"u8);
        }
        return FromHash(hash.GetHashAndReset());
    }

    /// <summary>The digest over several, in this order; null where one of them is not known.</summary>
    public static Digest? OfAll(IEnumerable<Digest?> parts) => parts.ToList() is var all && all.Contains(null) ? null : OfLines(all);

    /// <param name="hash">The 32 raw bytes of a SHA-256.</param>
    public static Digest FromHash(ReadOnlySpan<byte> hash) => hash.Length == SHA256.HashSizeInBytes
        ? new(Prefix + Convert.ToHexStringLower(hash))
        : throw new ArgumentException($"A SHA-256 has 32 bytes, not {hash.Length}.", nameof(hash));

    /// <exception cref="FormatException">The text is not <c>sha256:</c> and 64 lower-case hexadecimal digits.</exception>
    public static Digest Parse(string text) => TryParse(text, out var digest)
        ? digest
        : throw new FormatException($"'{text}' is not a digest: expected sha256: and 64 lower-case hexadecimal digits.");

    public static bool TryParse([NotNullWhen(true)] string? text, out Digest digest)
    {
        digest = default;
        if (text is null || text.Length != Prefix.Length + 64 || !text.StartsWith(Prefix, StringComparison.Ordinal))
            return false;
        foreach (var c in text.AsSpan(Prefix.Length))
            if (c is not ((>= '0' and <= '9') or (>= 'a' and <= 'f')))
                return false;
        digest = new(text);
        return true;
    }

    public override string ToString() => _text ?? throw new InvalidOperationException("This digest was never set.");
}

internal sealed class DigestJson : JsonConverter<Digest>
{
    public override Digest Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
        Digest.TryParse(reader.GetString(), out var digest) ? digest : throw new JsonException("Expected a digest: sha256: and 64 lower-case hexadecimal digits.");

    public override void Write(Utf8JsonWriter writer, Digest value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());

    public override Digest ReadAsPropertyName(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) => Read(ref reader, type, options);

    public override void WriteAsPropertyName(Utf8JsonWriter writer, [DisallowNull] Digest value, JsonSerializerOptions options) => writer.WritePropertyName(value.ToString());
}
