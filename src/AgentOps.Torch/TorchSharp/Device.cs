using System.Globalization;
using AgentOps.Torch.Interop;

namespace TorchSharp;

/// <summary>Kinds of devices, numbered as in torch.</summary>
public enum DeviceType
{
    CPU = 0,
    CUDA = 1,
}

public static partial class torch
{
    /// <summary>Where a tensor lies: <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.</summary>
    public sealed class Device : IEquatable<Device>
    {
        /// <exception cref="ArgumentException">The text names no device.</exception>
        public Device(string description)
        {
            var parts = description.Split(':');
            var known = Enum.TryParse<DeviceType>(parts[0], ignoreCase: true, out var parsed) && !char.IsAsciiDigit(parts[0][0]);
            var number = -1;
            if (!known || parts.Length > 2 ||
                (parts.Length == 2 && !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out number)))
            {
                throw new ArgumentException($"\"{description}\" is no device; write cpu, cuda or cuda:N", nameof(description));
            }

            type = parsed;
            index = number;
        }

        public Device(string deviceType, int index = -1) : this(deviceType) => this.index = index;

        public Device(DeviceType deviceType, int index = -1) => (type, this.index) = (deviceType, index);

        /// <summary>The CUDA device of that number.</summary>
        public Device(int index) : this(DeviceType.CUDA, index)
        {
        }

        public DeviceType type { get; }

        /// <summary>The device's number, or -1 for the current one.</summary>
        public int index { get; }

        public static implicit operator Device(string description) => new(description);

        public bool Equals(Device? other) => other is not null && other.type == type && other.index == index;

        public override bool Equals(object? obj) => Equals(obj as Device);

        public override int GetHashCode() => HashCode.Combine(type, index);

        public override string ToString() => index < 0 ? Name : $"{Name}:{index}";

        private string Name => type == DeviceType.CPU ? "cpu" : "cuda";
    }

    public static readonly Device CPU = new(DeviceType.CPU);

    public static Device CUDA { get; } = new(DeviceType.CUDA);

    public static Device device(string description) => new(description);

    public static Device device(string deviceType, int index = -1) => new(deviceType, index);

    public static Device device(DeviceType deviceType, int index = -1) => new(deviceType, index);

    public static Device device(int index) => new(index);

    /// <summary>CUDA devices, where libtorch has them.</summary>
    public static unsafe class cuda
    {
        public static bool is_available() => device_count() > 0;

        public static int device_count()
        {
            long count;
            Native.Check(Native.shim_cuda_devices(&count));
            return (int)count;
        }
    }
}
