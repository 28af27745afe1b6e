using System.Collections;

namespace TorchSharp.Utils;

/// <summary>Reads and writes a CPU tensor's elements in row-major order, whatever its strides.</summary>
public sealed unsafe class TensorAccessor<T> : IDisposable, IEnumerable<T> where T : unmanaged
{
    private readonly torch.Tensor tensor;
    private readonly T* first;
    private readonly long[] shape;
    private readonly long[] strides;
    private readonly bool contiguous;

    internal TensorAccessor(torch.Tensor tensor, nint data)
    {
        this.tensor = tensor;
        first = (T*)data;
        shape = tensor.shape;
        strides = tensor.stride();
        contiguous = tensor.is_contiguous();
        Count = tensor.NumberOfElements;
    }

    public long Count { get; }

    /// <summary>By one index per dimension, or by one index into the row-major order.</summary>
    public T this[params long[] indices]
    {
        get
        {
            var value = *At(indices);
            GC.KeepAlive(tensor);
            return value;
        }
        set
        {
            *At(indices) = value;
            GC.KeepAlive(tensor);
        }
    }

    public T[] ToArray()
    {
        var result = new T[Count];
        CopyTo(result.AsSpan());
        return result;
    }

    public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyTo(array.AsSpan(), arrayIndex, tensorIndex);

    public void CopyTo(Span<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        var length = Length(array.Length - arrayIndex, tensorIndex);
        if (contiguous)
        {
            new Span<T>(first + tensorIndex, length).CopyTo(array[arrayIndex..]);
        }
        else
        {
            for (var i = 0; i < length; i++)
            {
                array[arrayIndex + i] = first[Offset(tensorIndex + i)];
            }
        }

        GC.KeepAlive(tensor);
    }

    public void CopyFrom(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyFrom(array.AsSpan(), arrayIndex, tensorIndex);

    public void CopyFrom(ReadOnlySpan<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        var length = Length(array.Length - arrayIndex, tensorIndex);
        if (contiguous)
        {
            array.Slice(arrayIndex, length).CopyTo(new Span<T>(first + tensorIndex, length));
        }
        else
        {
            for (var i = 0; i < length; i++)
            {
                first[Offset(tensorIndex + i)] = array[arrayIndex + i];
            }
        }

        GC.KeepAlive(tensor);
    }

    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)ToArray()).GetEnumerator();

    public void Dispose() => GC.KeepAlive(tensor);

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private int Length(int space, long tensorIndex)
    {
        ObjectDisposedException.ThrowIf(tensor.IsInvalid, tensor);
        ArgumentOutOfRangeException.ThrowIfNegative(space);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)tensorIndex, (ulong)Count, nameof(tensorIndex));
        return (int)Math.Min(Count - tensorIndex, space);
    }

    private T* At(long[] indices)
    {
        ObjectDisposedException.ThrowIf(tensor.IsInvalid, tensor);
        if (indices.Length == 1 && shape.Length != 1)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((ulong)indices[0], (ulong)Count, nameof(indices));
            return first + Offset(indices[0]);
        }

        if (indices.Length != shape.Length)
        {
            throw new ArgumentException($"the tensor has {shape.Length} dimensions, not {indices.Length}");
        }

        long offset = 0;
        for (var i = 0; i < indices.Length; i++)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((ulong)indices[i], (ulong)shape[i], nameof(indices));
            offset += indices[i] * strides[i];
        }

        return first + offset;
    }

    private long Offset(long position)
    {
        if (contiguous)
        {
            return position;
        }

        long offset = 0;
        for (var i = shape.Length - 1; i >= 0; i--)
        {
            offset += position % shape[i] * strides[i];
            position /= shape[i];
        }

        return offset;
    }
}
