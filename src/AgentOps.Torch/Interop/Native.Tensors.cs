using System.Runtime.InteropServices;

namespace AgentOps.Torch.Interop;

// native/tensors.cpp
internal static unsafe partial class Native
{
    [DllImport(Library)] internal static extern int tensor_dim(nint self, long* result);
    [DllImport(Library)] internal static extern int tensor_sizes(nint self, long* sizes, long* strides);
    [DllImport(Library)] internal static extern int tensor_numel(nint self, long* result);
    [DllImport(Library)] internal static extern int tensor_placement(nint self, Placement* result);
    [DllImport(Library)] internal static extern int tensor_data(nint self, void** data, long* elementSize);
    [DllImport(Library)] internal static extern int tensor_is_contiguous(nint self, long* result);
    [DllImport(Library)] internal static extern int tensor_item(nint self, Number* result);
    [DllImport(Library)] internal static extern int tensor_to(nint self, Placement place, long nonBlocking, long copy, nint* result);
    [DllImport(Library)] internal static extern int tensor_contiguous(nint self, nint* result);
    [DllImport(Library)] internal static extern int tensor_clone(nint self, nint* result);
    [DllImport(Library)] internal static extern int tensor_alias(nint self, nint* result);
    [DllImport(Library)] internal static extern int tensor_copy_(nint self, nint source, long nonBlocking);
    [DllImport(Library)] internal static extern int tensor_set_data(nint self, nint source);
}
