using System.Runtime.InteropServices;

namespace AgentOps.Torch.Interop;

// native/collectives.cpp
internal static unsafe partial class Native
{
    [DllImport(Library)] internal static extern int group_open(byte* file, long rank, long size, long meeting, long step, nint* result);
    [DllImport(Library)] internal static extern int group_close(nint group);
    [DllImport(Library)] internal static extern int group_sum(nint group, nint* tensors, long count);
}
