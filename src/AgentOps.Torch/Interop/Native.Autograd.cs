using System.Runtime.InteropServices;

namespace AgentOps.Torch.Interop;

// native/autograd.cpp
internal static unsafe partial class Native
{
    [DllImport(Library)] internal static extern int grad_is_required(nint self, long* result);
    [DllImport(Library)] internal static extern int grad_require(nint self, long required);
    [DllImport(Library)] internal static extern int grad_get(nint self, nint* result);
    [DllImport(Library)] internal static extern int grad_set(nint self, nint grad);
    [DllImport(Library)] internal static extern int grad_is_leaf(nint self, long* result);
    [DllImport(Library)] internal static extern int grad_retain(nint self);
    [DllImport(Library)] internal static extern int grad_detach(nint self, nint* result);
    [DllImport(Library)] internal static extern int grad_detach_(nint self);
    [DllImport(Library)] internal static extern int grad_backward(nint* roots, long count, nint* gradients, long retainGraph, long createGraph, nint* inputs, long inputCount);
    [DllImport(Library)] internal static extern int grad_of(nint* outputs, long count, nint* inputs, long inputCount, nint* gradients, long retainGraph, long createGraph, long allowUnused, nint* results);
    [DllImport(Library)] internal static extern int grad_mode_get(long* enabled);
    [DllImport(Library)] internal static extern int grad_mode_set(long enabled);
    [DllImport(Library)] internal static extern int inference_mode_enter(long enabled, nint* result);
    [DllImport(Library)] internal static extern int inference_mode_leave(nint mode);
}
