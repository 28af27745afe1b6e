using System.Runtime.InteropServices;
using AgentOps.Torch.Interop;
using TorchSharp.Utils;

namespace TorchSharp;

public static unsafe partial class torch
{
    public partial class Tensor
    {
        /// <summary>The elements' bytes in place, little-endian and row-major; valid while the tensor lives.</summary>
        /// <exception cref="InvalidOperationException">The tensor is not contiguous or not on the CPU.</exception>
        public Span<byte> bytes
        {
            get
            {
                RequireCpu();
                if (!is_contiguous())
                {
                    throw new InvalidOperationException("only a contiguous tensor has its bytes in a row; call contiguous() first");
                }

                var (data, size) = Storage();
                var length = NumberOfElements * size;
                return length <= int.MaxValue
                    ? new((void*)data, (int)length)
                    : throw new InvalidOperationException($"the tensor has {length} bytes, a span takes {int.MaxValue}; read it in parts with narrow()");
            }
            set
            {
                if (value.Length != bytes.Length)
                {
                    throw new ArgumentException($"the tensor has {bytes.Length} bytes, the value {value.Length}");
                }

                value.CopyTo(bytes);
            }
        }

        /// <summary>Typed access to the elements.</summary>
        /// <exception cref="InvalidOperationException">The tensor is not on the CPU or of another type.</exception>
        public TensorAccessor<T> data<T>() where T : unmanaged
        {
            RequireCpu();
            RequireType<T>();
            return new(this, Storage().Data);
        }

        /// <summary>The value of a tensor of one element.</summary>
        /// <exception cref="InvalidOperationException">The tensor is of another type than asked.</exception>
        public T item<T>() where T : unmanaged
        {
            RequireType<T>();
            using var here = cpu();
            if (here.NumberOfElements != 1)
            {
                throw new InvalidOperationException($"item needs one element, the tensor has {here.NumberOfElements}");
            }

            var value = *(T*)here.Storage().Data;
            GC.KeepAlive(here);
            return value;
        }

        public double ToDouble() => One().AsDouble();

        public float ToSingle() => (float)One().AsDouble();

        public long ToInt64() => One().AsInt64();

        public int ToInt32() => checked((int)One().AsInt64());

        public bool ToBoolean() => One().AsDouble() != 0;

        public static implicit operator Tensor(float value) => tensor(value);

        public static implicit operator Tensor(double value) => tensor(value);

        public static implicit operator Tensor(int value) => tensor(value);

        public static implicit operator Tensor(long value) => tensor(value);

        public static implicit operator Tensor(bool value) => tensor(value);

        public static implicit operator Tensor(Scalar value) =>
            value.Value.Kind == 0 ? tensor(value.AsDouble(), dtype: ScalarType.Float32) : tensor(value.AsInt64());

        public static explicit operator float(Tensor value) => value.ToSingle();

        public static explicit operator double(Tensor value) => value.ToDouble();

        public static explicit operator int(Tensor value) => value.ToInt32();

        public static explicit operator long(Tensor value) => value.ToInt64();

        public static explicit operator bool(Tensor value) => value.ToBoolean();

        private Scalar One()
        {
            Number number;
            Native.Check(Native.tensor_item(Handle, &number));
            GC.KeepAlive(this);
            return Scalar.Of(number);
        }

        private void RequireCpu()
        {
            if (device_type != DeviceType.CPU)
            {
                throw new InvalidOperationException($"a tensor on {device} has no bytes here; call cpu() first");
            }
        }

        private void RequireType<T>() where T : unmanaged
        {
            if (TypeOf<T>() != dtype)
            {
                throw new InvalidOperationException($"the tensor holds {dtype}, not {typeof(T).Name}; convert it with to()");
            }
        }
    }
}
