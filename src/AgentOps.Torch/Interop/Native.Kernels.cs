using System.Runtime.InteropServices;

namespace AgentOps.Torch.Interop;

// native/embedding.cpp
internal static unsafe partial class Native
{
    [DllImport(Library)] internal static extern int nn_embedding(nint numbers, nint weight, nint* result);
}
