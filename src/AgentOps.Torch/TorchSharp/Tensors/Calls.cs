using System.Runtime.CompilerServices;
using AgentOps.Torch.Interop;

namespace TorchSharp;

public static unsafe partial class torch
{
    /// <summary>The shapes native calls come in; each keeps its tensors alive until the call returns.</summary>
    internal static class Calls
    {
        internal static Tensor One(delegate*<nint, nint*, int> call, Tensor self)
        {
            nint result;
            Native.Check(call(self.Handle, &result));
            GC.KeepAlive(self);
            return new(result);
        }

        internal static Tensor Two(delegate*<nint, nint, nint*, int> call, Tensor self, Tensor other)
        {
            nint result;
            Native.Check(call(self.Handle, other.Handle, &result));
            GC.KeepAlive(self);
            GC.KeepAlive(other);
            return new(result);
        }

        internal static Tensor Number(delegate*<nint, Number, nint*, int> call, Tensor self, Scalar other)
        {
            nint result;
            Native.Check(call(self.Handle, other.Value, &result));
            GC.KeepAlive(self);
            return new(result);
        }

        internal static Tensor Long(delegate*<nint, long, nint*, int> call, Tensor self, long first)
        {
            nint result;
            Native.Check(call(self.Handle, first, &result));
            GC.KeepAlive(self);
            return new(result);
        }

        internal static Tensor Long(delegate*<nint, long, long, nint*, int> call, Tensor self, long first, long second)
        {
            nint result;
            Native.Check(call(self.Handle, first, second, &result));
            GC.KeepAlive(self);
            return new(result);
        }

        internal static Tensor Long(delegate*<nint, long, long, long, nint*, int> call, Tensor self, long first, long second, long third)
        {
            nint result;
            Native.Check(call(self.Handle, first, second, third, &result));
            GC.KeepAlive(self);
            return new(result);
        }

        internal static Tensor Long(delegate*<nint, long, long, long, long, nint*, int> call, Tensor self, long first, long second, long third, long fourth)
        {
            nint result;
            Native.Check(call(self.Handle, first, second, third, fourth, &result));
            GC.KeepAlive(self);
            return new(result);
        }

        internal static Tensor Shape(delegate*<nint, long*, long, nint*, int> call, Tensor self, ReadOnlySpan<long> shape)
        {
            nint result;
            fixed (long* sizes = shape)
            {
                Native.Check(call(self.Handle, sizes, shape.Length, &result));
            }

            GC.KeepAlive(self);
            return new(result);
        }

        internal static Tensor Reduce(delegate*<nint, long*, long, long, long, nint*, int> call, Tensor self, ReadOnlySpan<long> dims, bool keep, long last)
        {
            nint result;
            fixed (long* sizes = dims)
            {
                Native.Check(call(self.Handle, sizes, dims.Length, keep ? 1 : 0, last, &result));
            }

            GC.KeepAlive(self);
            return new(result);
        }

        /// <summary>The index between the tensor and the other operand: gather, scatter and their kin.</summary>
        internal static Tensor Along(delegate*<nint, long, nint, nint*, int> call, Tensor self, long dim, Tensor index)
        {
            nint result;
            Native.Check(call(self.Handle, dim, index.Handle, &result));
            GC.KeepAlive(self);
            GC.KeepAlive(index);
            return new(result);
        }

        internal static Tensor InPlace(delegate*<nint, long, nint, nint, int> call, Tensor self, long dim, Tensor index, Tensor source)
        {
            Native.Check(call(self.Handle, dim, index.Handle, source.Handle));
            GC.KeepAlive(index);
            GC.KeepAlive(source);
            return self;
        }

        internal static Tensor InPlace(delegate*<nint, nint, int> call, Tensor self, Tensor other)
        {
            Native.Check(call(self.Handle, other.Handle));
            GC.KeepAlive(other);
            return self;
        }

        internal static Tensor InPlace(delegate*<nint, nint, Number, int> call, Tensor self, Tensor other, Scalar alpha)
        {
            Native.Check(call(self.Handle, other.Handle, alpha.Value));
            GC.KeepAlive(other);
            return self;
        }

        internal static Tensor InPlace(delegate*<nint, Number, int> call, Tensor self, Scalar other)
        {
            Native.Check(call(self.Handle, other.Value));
            return self;
        }

        internal static (Tensor values, Tensor indices) Pair(nint values, nint indices, Tensor self)
        {
            GC.KeepAlive(self);
            return (new(values), new(indices));
        }

        /// <summary>The handles of many tensors, absent ones as null.</summary>
        internal static nint[] Handles(IReadOnlyList<Tensor?> tensors)
        {
            var handles = new nint[tensors.Count];
            for (var i = 0; i < handles.Length; i++)
            {
                handles[i] = tensors[i]?.Handle ?? 0;
            }

            return handles;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal static long Type(ScalarType? type) => type is { } given ? (long)given : Native.Absent;
    }
}
