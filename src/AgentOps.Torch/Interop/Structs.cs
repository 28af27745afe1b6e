using System.Runtime.InteropServices;
using TorchSharp;

namespace AgentOps.Torch.Interop;

/// <summary>A number with its kind, as native/shim.h lays it out: 0 floating point, 1 integer, 2 boolean.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct Number(double Real, long Integer, long Kind);

/// <summary>Where and as what a tensor is made, as native/shim.h lays it out.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct Placement(long Dtype, long DeviceType, long DeviceIndex)
{
    internal static Placement Of(torch.ScalarType? dtype, torch.Device? device)
    {
        var place = device ?? torch.CPU;
        return new((long)(dtype ?? torch.get_default_dtype()), (long)place.type, place.index);
    }
}
