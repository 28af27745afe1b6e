using AgentOps.Torch.Interop;

namespace TorchSharp;

public static unsafe partial class torch
{
    /// <summary>A tensor of libtorch; belongs to the dispose scope of the thread that made it, with a finaliser as safety net.</summary>
    public partial class Tensor : IDisposable
    {
        private nint handle;

        internal Tensor(nint handle, bool scoped = true)
        {
            this.handle = handle;
            if (scoped && DisposeScope.Current is { } scope)
            {
                Scope = scope;
                scope.Add(this);
            }
        }

        ~Tensor() => Free();

        internal DisposeScope? Scope { get; set; }

        /// <exception cref="ObjectDisposedException">The tensor was disposed.</exception>
        public nint Handle => handle != 0 ? handle : throw new ObjectDisposedException(nameof(Tensor), "the tensor was disposed, perhaps by its dispose scope; move it out of the scope first");

        public bool IsInvalid => handle == 0;

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            Scope?.Remove(this);
            Scope = null;
            Free();
        }

        public Tensor MoveToOuterDisposeScope()
        {
            Scope?.MoveToOuter(this);
            return this;
        }

        public Tensor DetachFromDisposeScope()
        {
            Scope?.Detach(this);
            return this;
        }

        public long ndim
        {
            get
            {
                long result;
                Native.Check(Native.tensor_dim(Handle, &result));
                GC.KeepAlive(this);
                return result;
            }
        }

        public long[] shape => Geometry().Sizes;

        public long[] stride() => Geometry().Strides;

        public long NumberOfElements
        {
            get
            {
                long result;
                Native.Check(Native.tensor_numel(Handle, &result));
                GC.KeepAlive(this);
                return result;
            }
        }

        public long ElementSize => Storage().ElementSize;

        public ScalarType dtype => (ScalarType)Place().Dtype;

        public Device device => new((DeviceType)Place().DeviceType, (int)Place().DeviceIndex);

        public DeviceType device_type => (DeviceType)Place().DeviceType;

        public int device_index => (int)Place().DeviceIndex;

        public bool is_cuda => device_type == DeviceType.CUDA;

        public long dim() => ndim;

        public long numel() => NumberOfElements;

        public long[] size() => shape;

        public long size(int dim)
        {
            var sizes = shape;
            return sizes[dim < 0 ? dim + sizes.Length : dim];
        }

        public bool is_contiguous()
        {
            long result;
            Native.Check(Native.tensor_is_contiguous(Handle, &result));
            GC.KeepAlive(this);
            return result != 0;
        }

        public override bool Equals(object? obj) => ReferenceEquals(this, obj);

        public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

        public override string ToString() => IsInvalid ? "[disposed]" : $"[{string.Join('x', shape)}], type = {dtype}, device = {device}";

        internal Placement Place()
        {
            Placement place;
            Native.Check(Native.tensor_placement(Handle, &place));
            GC.KeepAlive(this);
            return place;
        }

        private (long[] Sizes, long[] Strides) Geometry()
        {
            var rank = ndim;
            var (sizes, strides) = (new long[rank], new long[rank]);
            fixed (long* first = sizes, second = strides)
            {
                Native.Check(Native.tensor_sizes(Handle, first, second));
            }

            GC.KeepAlive(this);
            return (sizes, strides);
        }

        private (nint Data, long ElementSize) Storage()
        {
            void* data;
            long size;
            Native.Check(Native.tensor_data(Handle, &data, &size));
            GC.KeepAlive(this);
            return ((nint)data, size);
        }

        private void Free()
        {
            var old = Interlocked.Exchange(ref handle, 0);
            if (old != 0)
            {
                Native.Check(Native.shim_free(old));
            }
        }
    }
}
