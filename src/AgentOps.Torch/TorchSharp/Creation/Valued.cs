using AgentOps.Torch.Interop;

namespace TorchSharp;

public static unsafe partial class torch
{
    public static Tensor full(ReadOnlySpan<long> size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        var type = dtype ?? value.Value.Kind switch { 0 => get_default_dtype(), 1 => ScalarType.Int64, _ => ScalarType.Bool };
        nint result;
        fixed (long* shape = size)
        {
            Native.Check(Native.create_full(shape, size.Length, value.Value, Placement.Of(type, device), &result));
        }

        return new Tensor(result).requires_grad_(requires_grad);
    }

    public static Tensor full(long[] size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        full(new ReadOnlySpan<long>(size), value, dtype, device, requires_grad);

    public static Tensor full(long size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        full((ReadOnlySpan<long>)[size], value, dtype, device, requires_grad);

    public static Tensor full(long rows, long columns, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        full((ReadOnlySpan<long>)[rows, columns], value, dtype, device, requires_grad);

    public static Tensor zeros_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        zeros(input.shape, dtype ?? input.dtype, device ?? input.device, requires_grad);

    public static Tensor ones_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        ones(input.shape, dtype ?? input.dtype, device ?? input.device, requires_grad);

    public static Tensor empty_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        empty(input.shape, dtype ?? input.dtype, device ?? input.device, requires_grad);

    public static Tensor full_like(Tensor input, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        full(input.shape, value, dtype ?? input.dtype, device ?? input.device, requires_grad);

    public static Tensor arange(Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(0, stop, 1, dtype, device, requires_grad);

    public static Tensor arange(Scalar start, Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(start, stop, 1, dtype, device, requires_grad);

    public static Tensor arange(Scalar start, Scalar stop, Scalar step, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        var whole = start.Value.Kind == 1 && stop.Value.Kind == 1 && step.Value.Kind == 1;
        var type = dtype ?? (whole ? ScalarType.Int64 : get_default_dtype());
        nint result;
        Native.Check(Native.create_arange(start.Value, stop.Value, step.Value, Placement.Of(type, device), &result));
        return new Tensor(result).requires_grad_(requires_grad);
    }

    public static Tensor eye(long rows, long columns = -1, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        nint result;
        Native.Check(Native.create_eye(rows, columns < 0 ? rows : columns, Placement.Of(dtype, device), &result));
        return new Tensor(result).requires_grad_(requires_grad);
    }

    public static Tensor randint(long high, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null) =>
        randint(0, high, size, dtype, device, requires_grad, generator);

    /// <summary>Whole numbers from low up to but without high.</summary>
    public static Tensor randint(
        long low, long high, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null)
    {
        nint result;
        fixed (long* shape = size)
        {
            Native.Check(Native.create_randint(
                low, high, shape, size.Length, generator?.Handle ?? 0, Placement.Of(dtype ?? ScalarType.Int64, device), &result));
        }

        GC.KeepAlive(generator);
        return new Tensor(result).requires_grad_(requires_grad);
    }

    public static Tensor randperm(long n, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null)
    {
        nint result;
        Native.Check(Native.create_randperm(n, generator?.Handle ?? 0, Placement.Of(dtype ?? ScalarType.Int64, device), &result));
        GC.KeepAlive(generator);
        return new Tensor(result).requires_grad_(requires_grad);
    }
}
