using System.Buffers.Binary;

namespace AgentOps.Models;

/// <summary>An element type of safetensors and how its little-endian bytes become float32.</summary>
internal sealed record Dtype(string Name, int Bytes, Dtype.Conversion ToFloats)
{
    public delegate void Conversion(ReadOnlySpan<byte> from, Span<float> to);

    private static readonly Dtype[] All = [new("F32", 4, F32), new("F16", 2, F16), new("BF16", 2, Bf16), new("I64", 8, I64)];

    public static string Names => string.Join(", ", All.Select(type => type.Name));

    public static Dtype? Find(string name) => Array.Find(All, type => type.Name == name);

    private static void F32(ReadOnlySpan<byte> from, Span<float> to)
    {
        for (var i = 0; i < to.Length; i++)
            to[i] = BinaryPrimitives.ReadSingleLittleEndian(from[(i * 4)..]);
    }

    private static void F16(ReadOnlySpan<byte> from, Span<float> to)
    {
        for (var i = 0; i < to.Length; i++)
            to[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(from[(i * 2)..]);
    }

    /// <summary>A bfloat16 is the upper half of a float32.</summary>
    private static void Bf16(ReadOnlySpan<byte> from, Span<float> to)
    {
        for (var i = 0; i < to.Length; i++)
            to[i] = BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(from[(i * 2)..]) << 16);
    }

    private static void I64(ReadOnlySpan<byte> from, Span<float> to)
    {
        for (var i = 0; i < to.Length; i++)
            to[i] = BinaryPrimitives.ReadInt64LittleEndian(from[(i * 8)..]);
    }
}
