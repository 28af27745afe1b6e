using System.Reflection;
using System.Runtime.InteropServices;
using AgentOps.Contracts;
using AgentOps.Torch;

namespace AgentOps.Trainer;

/// <summary>What a training's bytes depend on besides its inputs and seed, recorded for the replay.</summary>
public static class Machine
{
    public static string CodeVersion => typeof(Machine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    public static MachineClass Class(string device)
    {
        var library = NativeLibraryInfo.Read();
        return new(device, library.CpuCapability, library.Threads, $"{library.LibTorchVersion} {library.LibTorchBuild}", RuntimeInformation.FrameworkDescription, library.ShimHash);
    }
}
