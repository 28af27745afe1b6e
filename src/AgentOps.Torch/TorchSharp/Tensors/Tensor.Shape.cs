using AgentOps.Torch.Interop;

namespace TorchSharp;

public static unsafe partial class torch
{
    public partial class Tensor
    {
        public Tensor view(params long[] shape) => Calls.Shape(&Native.op_view, this, shape);

        public Tensor reshape(params long[] shape) => Calls.Shape(&Native.op_reshape, this, shape);

        public Tensor permute(params long[] permutation) => Calls.Shape(&Native.op_permute, this, permutation);

        public Tensor repeat(params long[] sizes) => Calls.Shape(&Native.op_repeat, this, sizes);

        public Tensor expand(params long[] sizes) => Calls.Shape(&Native.op_expand, this, sizes);

        public Tensor expand_as(Tensor other) => expand(other.shape);

        public Tensor flip(params long[] dims) => Calls.Shape(&Native.op_flip, this, dims);

        public Tensor transpose(long dim0, long dim1) => Calls.Long(&Native.op_transpose, this, dim0, dim1);

        /// <summary>The transpose of a tensor of at most two dimensions.</summary>
        public Tensor t() => ndim switch
        {
            0 or 1 => alias(),
            2 => transpose(0, 1),
            var rank => throw new InvalidOperationException($"t() transposes at most two dimensions, the tensor has {rank}; use transpose or mT"),
        };

        /// <summary>The last two dimensions exchanged.</summary>
        public Tensor mT => transpose(-2, -1);

        public Tensor unsqueeze(long dim) => Calls.Long(&Native.op_unsqueeze, this, dim);

        public Tensor squeeze(long? dim = null) => Calls.Long(&Native.op_squeeze, this, dim ?? Native.Absent);

        public Tensor flatten(long start_dim = 0, long end_dim = -1) => Calls.Long(&Native.op_flatten, this, start_dim, end_dim);

        public Tensor slice(long dim, long start, long finish, long step) => Calls.Long(&Native.op_slice, this, dim, start, finish, step);

        public Tensor narrow(long dim, long start, long length) => Calls.Long(&Native.op_narrow, this, dim, start, length);

        public Tensor select(long dim, long index) => Calls.Long(&Native.op_select, this, dim, index);

        public Tensor index_select(long dim, Tensor index) => Calls.Along(&Native.op_index_select, this, dim, index);

        public Tensor gather(long dim, Tensor index) => Calls.Along(&Native.op_gather, this, dim, index);

        public Tensor scatter(long dim, Tensor index, Tensor src)
        {
            nint result;
            Native.Check(Native.op_scatter(Handle, dim, index.Handle, src.Handle, &result));
            GC.KeepAlive(this);
            GC.KeepAlive(index);
            GC.KeepAlive(src);
            return new(result);
        }

        public Tensor masked_select(Tensor mask) => Calls.Two(&Native.op_masked_select, this, mask);

        public Tensor nonzero() => Calls.One(&Native.op_nonzero, this);

        public Tensor triu(long diagonal = 0) => Calls.Long(&Native.op_triu, this, diagonal);

        public Tensor tril(long diagonal = 0) => Calls.Long(&Native.op_tril, this, diagonal);

        /// <summary>At most so many equal parts along a dimension, the last one possibly smaller.</summary>
        public Tensor[] chunk(long chunks, long dim = 0)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(chunks, 1);
            var length = size((int)dim);
            return Parts(Math.Max(1, (length + chunks - 1) / chunks), dim, length);
        }

        public Tensor[] split(long size, int dim = 0)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
            return Parts(size, dim, this.size(dim));
        }

        public Tensor[] split(long[] sizes, int dim = 0)
        {
            var (parts, start) = (new Tensor[sizes.Length], 0L);
            for (var i = 0; i < sizes.Length; i++)
            {
                parts[i] = narrow(dim, start, sizes[i]);
                start += sizes[i];
            }

            return parts;
        }

        private Tensor[] Parts(long part, long dim, long length)
        {
            var parts = new Tensor[(length + part - 1) / part];
            for (var i = 0; i < parts.Length; i++)
            {
                parts[i] = narrow(dim, i * part, Math.Min(part, length - i * part));
            }

            return parts;
        }
    }
}
