using AgentOps.Torch.Interop;

namespace AgentOps.Torch;

/// <summary>What decides the bits a computation gives; runs record it, and a replay compares it.</summary>
/// <param name="ShimHash">SHA-256 in hexadecimal of the binding's sources, its compiler flags and libtorch's version and build.</param>
/// <param name="LibTorchVersion">libtorch's own version text.</param>
/// <param name="LibTorchBuild">The linker's build id of libtorch_cpu.so.</param>
/// <param name="CpuCapability">The instruction set that libtorch's kernels use, such as AVX2.</param>
/// <param name="Threads">The number of threads within an operation.</param>
public sealed record NativeLibraryInfo(string ShimHash, string LibTorchVersion, string LibTorchBuild, string CpuCapability, int Threads)
{
    /// <summary>Reads it from the loaded library; the first use loads, and if need be compiles, the library.</summary>
    /// <exception cref="LibTorchMissingException">There is no libtorch or no compiler.</exception>
    public static unsafe NativeLibraryInfo Read()
    {
        var version = Native.Text(&Native.shim_version);
        var capability = Native.Text(&Native.shim_cpu_capability);
        long threads;
        Native.Check(Native.shim_get_threads(&threads));
        return new(ShimLibrary.Hash, version, ShimLibrary.Torch!.BuildId, capability, (int)threads);
    }
}
