using System.Runtime.InteropServices;
using AgentOps.Torch.Interop;

namespace TorchSharp;

public static unsafe partial class torch
{
    public static Tensor tensor(float scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        tensor(new ReadOnlySpan<float>(in scalar), [], dtype, device, requires_grad);

    public static Tensor tensor(double scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        tensor(new ReadOnlySpan<double>(in scalar), [], dtype, device, requires_grad);

    public static Tensor tensor(int scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        tensor(new ReadOnlySpan<int>(in scalar), [], dtype, device, requires_grad);

    public static Tensor tensor(long scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        tensor(new ReadOnlySpan<long>(in scalar), [], dtype, device, requires_grad);

    public static Tensor tensor(bool scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        tensor(new ReadOnlySpan<bool>(in scalar), [], dtype, device, requires_grad);

    public static Tensor tensor<T>(T[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) where T : unmanaged =>
        tensor(new ReadOnlySpan<T>(rawArray), [rawArray.Length], dtype, device, requires_grad);

    public static Tensor tensor<T>(T[] rawArray, long[] dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
        where T : unmanaged =>
        tensor(new ReadOnlySpan<T>(rawArray), dimensions, dtype, device, requires_grad);

    public static Tensor tensor<T>(T[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
        where T : unmanaged =>
        tensor(new ReadOnlySpan<T>(rawArray), dimensions, dtype, device, requires_grad);

    public static Tensor tensor<T>(IList<T> rawArray, long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
        where T : unmanaged =>
        tensor(new ReadOnlySpan<T>([.. rawArray]), [rows, columns], dtype, device, requires_grad);

    public static Tensor tensor<T>(T[,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) where T : unmanaged =>
        tensor(Flat<T>(rawArray), [rawArray.GetLength(0), rawArray.GetLength(1)], dtype, device, requires_grad);

    public static Tensor tensor<T>(T[,,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) where T : unmanaged =>
        tensor(Flat<T>(rawArray), [rawArray.GetLength(0), rawArray.GetLength(1), rawArray.GetLength(2)], dtype, device, requires_grad);

    /// <summary>A copy of the data in row-major order.</summary>
    /// <exception cref="AgentOps.Torch.TorchException">The shape does not take exactly the data.</exception>
    public static Tensor tensor<T>(
        ReadOnlySpan<T> data, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
        where T : unmanaged
    {
        var type = TypeOf<T>();
        using var made = FromBytes(MemoryMarshal.AsBytes(data), dimensions, type);
        return made.to(dtype ?? type, device ?? CPU).requires_grad_(requires_grad);
    }

    /// <summary>A CPU tensor over a copy of raw little-endian bytes, as a weights file holds them.</summary>
    /// <exception cref="AgentOps.Torch.TorchException">The shape does not take exactly the bytes.</exception>
    public static Tensor FromBytes(ReadOnlySpan<byte> bytes, ReadOnlySpan<long> dimensions, ScalarType dtype)
    {
        nint result;
        fixed (byte* first = bytes)
        fixed (long* shape = dimensions)
        {
            Native.Check(Native.create_from(first, bytes.Length, shape, dimensions.Length, (long)dtype, &result));
        }

        return new(result);
    }

    private static ReadOnlySpan<T> Flat<T>(Array array) where T : unmanaged =>
        MemoryMarshal.CreateReadOnlySpan(
            ref System.Runtime.CompilerServices.Unsafe.As<byte, T>(ref MemoryMarshal.GetArrayDataReference(array)), array.Length);
}
