using System.Runtime.InteropServices;

namespace AgentOps.Torch.Interop;

// native/shapes.cpp
internal static unsafe partial class Native
{
    [DllImport(Library)] internal static extern int op_view(nint self, long* shape, long count, nint* result);
    [DllImport(Library)] internal static extern int op_reshape(nint self, long* shape, long count, nint* result);
    [DllImport(Library)] internal static extern int op_permute(nint self, long* shape, long count, nint* result);
    [DllImport(Library)] internal static extern int op_repeat(nint self, long* shape, long count, nint* result);
    [DllImport(Library)] internal static extern int op_flip(nint self, long* shape, long count, nint* result);
    [DllImport(Library)] internal static extern int op_expand(nint self, long* shape, long count, nint* result);
    [DllImport(Library)] internal static extern int op_transpose(nint self, long first, long second, nint* result);
    [DllImport(Library)] internal static extern int op_unsqueeze(nint self, long dim, nint* result);
    [DllImport(Library)] internal static extern int op_squeeze(nint self, long dim, nint* result);
    [DllImport(Library)] internal static extern int op_flatten(nint self, long start, long end, nint* result);
    [DllImport(Library)] internal static extern int op_slice(nint self, long dim, long start, long stop, long step, nint* result);
    [DllImport(Library)] internal static extern int op_narrow(nint self, long dim, long start, long length, nint* result);
    [DllImport(Library)] internal static extern int op_select(nint self, long dim, long index, nint* result);
    [DllImport(Library)] internal static extern int op_index_select(nint self, long dim, nint index, nint* result);
    [DllImport(Library)] internal static extern int op_gather(nint self, long dim, nint index, nint* result);
    [DllImport(Library)] internal static extern int op_scatter(nint self, long dim, nint index, nint source, nint* result);
    [DllImport(Library)] internal static extern int op_scatter_(nint self, long dim, nint index, nint source);
    [DllImport(Library)] internal static extern int op_scatter_add_(nint self, long dim, nint index, nint source);
    [DllImport(Library)] internal static extern int op_index_add_(nint self, long dim, nint index, nint source);
    [DllImport(Library)] internal static extern int op_index_copy_(nint self, long dim, nint index, nint source);
    [DllImport(Library)] internal static extern int op_masked_select(nint self, nint mask, nint* result);
    [DllImport(Library)] internal static extern int op_nonzero(nint self, nint* result);
    [DllImport(Library)] internal static extern int op_index(nint self, nint* indices, long count, nint* result);
    [DllImport(Library)] internal static extern int op_index_put_(nint self, nint* indices, long count, nint value, long accumulate);
    [DllImport(Library)] internal static extern int op_cat(nint* tensors, long count, long dim, nint* result);
    [DllImport(Library)] internal static extern int op_stack(nint* tensors, long count, long dim, nint* result);
    [DllImport(Library)] internal static extern int op_tril(nint self, long diagonal, nint* result);
    [DllImport(Library)] internal static extern int op_triu(nint self, long diagonal, nint* result);
}
