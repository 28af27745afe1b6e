using System.Runtime.InteropServices;

namespace AgentOps.Torch.Interop;

// native/optim.cpp
internal static unsafe partial class Native
{
    [DllImport(Library)] internal static extern int optim_adamw(nint* parameters, nint* firsts, nint* seconds, nint* largest, long* steps, long count, double rate, double beta1, double beta2, double eps, double decay, long maximize);
    [DllImport(Library)] internal static extern int optim_clip_norm(nint* parameters, long count, double maximum, double* norm);
    [DllImport(Library)] internal static extern int optim_clear(nint parameter, long toNone);
}
