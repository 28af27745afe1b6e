namespace AgentOps.Proofs;

/// <summary>The bytes of an event that its leaf covers, as they lie in the database.</summary>
/// <param name="AtMicroseconds">Since 1970.</param>
public sealed record EventBytes(long Position, Guid Id, long AtMicroseconds, int Version, byte[] Stream, byte[] Type, byte[] Meta, byte[] Data)
{
    /// <summary>The leaf's hash: see <see cref="LeafBytes"/>.</summary>
    public byte[] Leaf()
    {
        var leaf = new LeafBytes();
        leaf.Begin(Position, Id, AtMicroseconds, Version);
        foreach (var part in (ReadOnlySpan<byte[]>)[Stream, Type, Meta, Data])
            leaf.Add(part);
        return leaf.Hash();
    }
}
