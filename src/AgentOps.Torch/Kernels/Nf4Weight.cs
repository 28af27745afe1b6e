using TorchSharp;
using static TorchSharp.torch;

namespace AgentOps.Torch.Kernels;

/// <summary>A linear map's weight [out, in] in four bits, for <see cref="Fused.Nf4Linear"/>; frozen, and belonging to no dispose scope.</summary>
public sealed class Nf4Weight : IDisposable
{
    private Nf4Weight(Tensor codes, Tensor steps, Tensor scales, float offset, long outputs, long inputs) =>
        (Codes, Steps, Scales, Offset, Outputs, Inputs) = (codes, steps, scales, offset, outputs, inputs);

    /// <summary>uint8, two weights each.</summary>
    internal Tensor Codes { get; }

    /// <summary>int8 [blocks].</summary>
    internal Tensor Steps { get; }

    /// <summary>float32 [groups of blocks].</summary>
    internal Tensor Scales { get; }

    internal float Offset { get; }

    public long Outputs { get; }

    public long Inputs { get; }

    /// <param name="values">Row-major.</param>
    public static Nf4Weight Of(ReadOnlySpan<float> values, long outputs, long inputs, Device? device = null)
    {
        if (values.Length != outputs * inputs)
        {
            throw new ArgumentException($"a weight [{outputs}, {inputs}] has not {values.Length} values", nameof(values));
        }

        using var scope = NewDisposeScope();
        var packed = Nf4.Pack(values);
        Tensor Kept<T>(T[] numbers) where T : unmanaged => tensor(numbers, [numbers.Length]).to(device ?? CPU).DetachFromDisposeScope();
        return new(Kept(packed.Codes), Kept(packed.Steps), Kept(packed.Scales), packed.Offset, outputs, inputs);
    }

    /// <summary>What the four bits stand for, row-major.</summary>
    public float[] Values()
    {
        using var scope = NewDisposeScope();
        return Nf4.Unpack(
            new(Codes.cpu().data<byte>().ToArray(), Steps.cpu().data<sbyte>().ToArray(), Scales.cpu().data<float>().ToArray(), Offset), (int)(Outputs * Inputs));
    }

    public void Dispose()
    {
        Codes.Dispose();
        Steps.Dispose();
        Scales.Dispose();
    }
}
