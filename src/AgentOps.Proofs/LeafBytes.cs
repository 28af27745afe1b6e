using System.Buffers.Binary;
using System.Security.Cryptography;

namespace AgentOps.Proofs;

/// <summary>
/// What a leaf is the SHA-256 of, as <c>ledger.leaf</c> has it: 0x00, position, id, at, version, then stream, type, meta and data each behind its length.
/// Numbers are big-endian, position and at of 8 bytes, version and lengths of 4. One buffer serves one event after another.
/// </summary>
public sealed class LeafBytes
{
    private const int HeadBytes = 1 + 8 + 16 + 8 + 4;
    private const int LengthBytes = 4;
    private readonly List<Range> _parts = [];
    private byte[] _bytes = new byte[4096];
    private int _end;

    /// <summary>The parts so far, from 0: stream, type, meta, data.</summary>
    public ReadOnlySpan<byte> this[int part] => _bytes.AsSpan(_parts[part]);

    public void Begin(long position, Guid id, long atMicroseconds, int version)
    {
        _parts.Clear();
        _end = HeadBytes;
        _bytes[0] = 0;
        BinaryPrimitives.WriteInt64BigEndian(_bytes.AsSpan(1), position);
        id.TryWriteBytes(_bytes.AsSpan(9), bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(_bytes.AsSpan(25), atMicroseconds);
        BinaryPrimitives.WriteInt32BigEndian(_bytes.AsSpan(33), version);
    }

    public void Add(ReadOnlySpan<byte> part)
    {
        part.CopyTo(Room(part.Length));
        Added(part.Length);
    }

    /// <summary>Where the next part may be written; <see cref="Added"/> says how long it became.</summary>
    public Span<byte> Room(int most)
    {
        if (_bytes.Length < _end + LengthBytes + most)
            Array.Resize(ref _bytes, 2 * (_end + LengthBytes + most));
        return _bytes.AsSpan(_end + LengthBytes, most);
    }

    public void Added(int length)
    {
        BinaryPrimitives.WriteInt32BigEndian(_bytes.AsSpan(_end), length);
        _parts.Add((_end + LengthBytes)..(_end + LengthBytes + length));
        _end += LengthBytes + length;
    }

    public byte[] Hash() => SHA256.HashData(_bytes.AsSpan(0, _end));
}
