using System.Runtime.InteropServices;

namespace AgentOps.Torch.Interop;

/// <summary>The loaded shim: found or built, loaded and initialised once per process.</summary>
internal static unsafe partial class ShimLibrary
{
    private static readonly Lock Gate = new();
    private static nint handle;

    /// <summary>SHA-256 of the loaded build; set once <see cref="Handle"/> has been read.</summary>
    internal static string Hash { get; private set; } = "";

    /// <summary>The libtorch behind it; set once <see cref="Handle"/> has been read.</summary>
    internal static LibTorch? Torch { get; private set; }

    internal static nint Handle
    {
        get
        {
            lock (Gate)
            {
                return handle != 0 ? handle : handle = Load();
            }
        }
    }

    private static nint Load()
    {
        Torch = LibTorch.Find();
        Hash = ShimSource.Hash(Torch);
        var path = ShimBuild.Ensure(Torch, Hash);
        ParkIdleWorkers();
        if (!NativeLibrary.TryLoad(path, out var loaded))
        {
            throw new LibTorchMissingException($"{path} does not load, since libtorch {Torch.Version} or a library it needs is gone; run: {LibTorch.Install}");
        }

        var threads = Environment.GetEnvironmentVariable("OMP_NUM_THREADS") is { Length: > 0 } ? 0 : Environment.ProcessorCount;
        var initialize = (delegate* unmanaged<long, int>)NativeLibrary.GetExport(loaded, "shim_initialize");
        if (initialize(threads) != 0)
        {
            var message = ((delegate* unmanaged<byte*>)NativeLibrary.GetExport(loaded, "shim_last_error"))();
            throw new TorchException(Marshal.PtrToStringUTF8((nint)message)!);
        }

        return loaded;
    }

    /// <summary>
    /// OpenMP's workers wait for each other in a loop unless told otherwise when libgomp is loaded, which the shim does. With other
    /// processes on the same cores that made training steps up to eight times longer. .NET keeps its own copy of the environment,
    /// so only the C function reaches libgomp. What the user set stays.
    /// </summary>
    private static void ParkIdleWorkers() => _ = SetEnvironment("OMP_WAIT_POLICY", "passive");

    private static int SetEnvironment(string name, string value)
    {
        fixed (byte* nameBytes = System.Text.Encoding.UTF8.GetBytes(name + '\0'))
        fixed (byte* valueBytes = System.Text.Encoding.UTF8.GetBytes(value + '\0'))
        {
            return setenv(nameBytes, valueBytes, 0);
        }
    }

    [DllImport("libc")]
    private static extern int setenv(byte* name, byte* value, int overwrite);
}
