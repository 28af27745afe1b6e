using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace AgentOps.Contracts;

/// <summary>Version 5 UUIDs (RFC 9562 section 5.5): the same name always gives the same id, so that repeated work lands on itself.</summary>
public static class NameBasedGuid
{
    private static readonly Guid Namespace = new("6f2b1c1e-6f0e-5d0a-9a53-2f1d7b7c8e44");

    /// <param name="parts">The name, for example run, path, task and sample; joined by U+001F, which no part may contain.</param>
    public static Guid Of(params ReadOnlySpan<string> parts)
    {
        var name = string.Join('\u001f', parts!);
        Span<byte> input = stackalloc byte[16];
        Namespace.TryWriteBytes(input, bigEndian: true, out _);
        var hash = SHA1.HashData([.. input, .. Encoding.UTF8.GetBytes(name)]);
        var id = hash.AsSpan(0, 16);
        BinaryPrimitives.WriteUInt16BigEndian(id[6..], (ushort)(BinaryPrimitives.ReadUInt16BigEndian(id[6..]) & 0x0fff | 0x5000));
        id[8] = (byte)(id[8] & 0x3f | 0x80);
        return new Guid(id, bigEndian: true);
    }
}
