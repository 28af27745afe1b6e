using System.Security.Cryptography;

namespace AgentOps.Proofs;

/// <summary>The Merkle tree hash of RFC 6962 section 2.1.</summary>
public static class Rfc6962
{
    /// <summary>The length of every hash here, as SHA-256 has it.</summary>
    internal const int HashBytes = 32;

    /// <summary>SHA-256 of nothing.</summary>
    public static byte[] EmptyRoot => SHA256.HashData([]);

    /// <summary>SHA-256(0x00, data).</summary>
    public static byte[] Leaf(ReadOnlySpan<byte> data)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData([0]);
        hash.AppendData(data);
        return hash.GetHashAndReset();
    }

    /// <summary>SHA-256(0x01, left, right).</summary>
    public static byte[] Node(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        Span<byte> input = stackalloc byte[65];
        input[0] = 1;
        left.CopyTo(input[1..33]);
        right.CopyTo(input[33..]);
        return SHA256.HashData(input);
    }
}
