namespace AgentOps.Models.Decoding;

/// <summary>Zeroed f32 memory that does not move, aligned to 64 bytes, so that kernels may keep pointers into it as long as this object lives.</summary>
internal sealed unsafe class Floats
{
    private const int Alignment = 64 / sizeof(float);
    private readonly float[] _array;

    public Floats(long length)
    {
        if (length is < 0 or > int.MaxValue - 64)
            throw new ArgumentOutOfRangeException(nameof(length), $"A buffer of {length} numbers cannot be allocated: at most {int.MaxValue - 64}.");
        _array = GC.AllocateArray<float>((int)length + Alignment, pinned: true);
        var start = (nint)System.Runtime.CompilerServices.Unsafe.AsPointer(ref _array[0]);
        Pointer = (float*)((start + 63) & ~(nint)63);
        Length = (int)length;
    }

    public float* Pointer { get; }

    public int Length { get; }

    public Span<float> Span => new(Pointer, Length);

    /// <summary>The smallest multiple of <paramref name="unit"/> that is not below <paramref name="n"/>.</summary>
    public static int RoundUp(int n, int unit) => checked((n + unit - 1) / unit * unit);
}
