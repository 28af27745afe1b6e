using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace AgentOps.Torch.Interop;

/// <summary>The C ABI of native/shim.h; each partial file mirrors one native source.</summary>
internal static unsafe partial class Native
{
    private const string Library = "agentops_torch";

    /// <summary>The native code's sign for an optional integer that is not given.</summary>
    internal const long Absent = long.MinValue;

    static Native() => NativeLibrary.SetDllImportResolver(
        typeof(Native).Assembly,
        (name, _, _) => name == Library ? ShimLibrary.Handle : 0);

    /// <summary>The one check of every native call.</summary>
    /// <exception cref="TorchException">libtorch refused the call; the message is its own.</exception>
    internal static void Check(int status)
    {
        if (status != 0)
        {
            throw new TorchException(Marshal.PtrToStringUTF8((nint)shim_last_error()) ?? "libtorch failed without a message");
        }
    }

    internal static string Text(delegate*<byte*, long, int> read)
    {
        const int Capacity = 256;
        var text = stackalloc byte[Capacity];
        Check(read(text, Capacity));
        return Marshal.PtrToStringUTF8((nint)text)!;
    }
}
