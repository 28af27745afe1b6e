using System.Buffers.Binary;
using System.Security.Cryptography;

namespace AgentOps.Proofs;

/// <summary>The bytes of an event that its leaf covers, as they lie in the database.</summary>
/// <param name="AtMicroseconds">Since 1970.</param>
public sealed record EventBytes(long Position, Guid Id, long AtMicroseconds, int Version, byte[] Stream, byte[] Type, byte[] Meta, byte[] Data)
{
    /// <summary>
    /// SHA-256(0x00, position, id, at, version, then stream, type, meta and data each behind its length), as <c>ledger.leaf</c> has it:
    /// numbers big-endian, position and at of 8 bytes, version and lengths of 4.
    /// </summary>
    public byte[] Leaf()
    {
        Span<byte> head = stackalloc byte[1 + 8 + 16 + 8 + 4];
        head[0] = 0;
        BinaryPrimitives.WriteInt64BigEndian(head[1..], Position);
        Id.TryWriteBytes(head[9..], bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(head[25..], AtMicroseconds);
        BinaryPrimitives.WriteInt32BigEndian(head[33..], Version);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(head);
        Span<byte> length = stackalloc byte[4];
        foreach (var part in (ReadOnlySpan<byte[]>)[Stream, Type, Meta, Data])
        {
            BinaryPrimitives.WriteInt32BigEndian(length, part.Length);
            hash.AppendData(length);
            hash.AppendData(part);
        }
        return hash.GetHashAndReset();
    }
}
