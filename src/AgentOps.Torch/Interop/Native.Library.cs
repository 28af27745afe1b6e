using System.Runtime.InteropServices;

namespace AgentOps.Torch.Interop;

// native/library.cpp
internal static unsafe partial class Native
{
    [DllImport(Library)] internal static extern byte* shim_last_error();
    [DllImport(Library)] internal static extern int shim_initialize(long threads);
    [DllImport(Library)] internal static extern int shim_free(nint tensor);
    [DllImport(Library)] internal static extern int shim_live(long* tensors, long* bytes);
    [DllImport(Library)] internal static extern int shim_peak(long* bytes);
    [DllImport(Library)] internal static extern int shim_version(byte* text, long capacity);
    [DllImport(Library)] internal static extern int shim_cpu_capability(byte* text, long capacity);
    [DllImport(Library)] internal static extern int shim_get_threads(long* threads);
    [DllImport(Library)] internal static extern int shim_set_threads(long threads);
    [DllImport(Library)] internal static extern int shim_cuda_devices(long* count);
}
