using AgentOps.Torch.Interop;

namespace TorchSharp;

public static unsafe partial class torch
{
    public partial class Tensor
    {
        public Tensor contiguous() => Calls.One(&Native.tensor_contiguous, this);

        public Tensor clone() => Calls.One(&Native.tensor_clone, this);

        /// <summary>Another handle of the same tensor.</summary>
        public Tensor alias() => Calls.One(&Native.tensor_alias, this);

        public Tensor cpu() => to(CPU);

        public Tensor cuda(Device? device = null, bool non_blocking = false) => to(device ?? CUDA, non_blocking: non_blocking);

        public Tensor to(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            Placed(Place() with { Dtype = (long)type }, copy, disposeAfter, non_blocking);

        public Tensor to(Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to(dtype, device, copy, disposeAfter, non_blocking);

        public Tensor to(string device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to(new Device(device), copy, disposeAfter, non_blocking);

        public Tensor to(ScalarType type, Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            Placed(Placement.Of(type, device), copy, disposeAfter, non_blocking);

        public Tensor to(Tensor other, bool non_blocking = false) => Placed(other.Place(), false, false, non_blocking);

        public Tensor type_as(Tensor tensor) => to(tensor.dtype);

        public Tensor @float() => to(ScalarType.Float32);

        public Tensor @double() => to(ScalarType.Float64);

        public Tensor @long() => to(ScalarType.Int64);

        public Tensor @bool() => to(ScalarType.Bool);

        internal void SetData(Tensor source)
        {
            Native.Check(Native.tensor_set_data(Handle, source.Handle));
            GC.KeepAlive(this);
            GC.KeepAlive(source);
        }

        private Tensor Placed(Placement place, bool copy, bool disposeAfter, bool nonBlocking)
        {
            nint result;
            Native.Check(Native.tensor_to(Handle, place, nonBlocking ? 1 : 0, copy ? 1 : 0, &result));
            GC.KeepAlive(this);
            if (disposeAfter)
            {
                Dispose();
            }

            return new(result);
        }
    }
}
