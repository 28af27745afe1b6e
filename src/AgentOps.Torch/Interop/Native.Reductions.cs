using System.Runtime.InteropServices;

namespace AgentOps.Torch.Interop;

// native/reductions.cpp
internal static unsafe partial class Native
{
    [DllImport(Library)] internal static extern int op_sum(nint self, long* dims, long count, long keep, long dtype, nint* result);
    [DllImport(Library)] internal static extern int op_mean(nint self, long* dims, long count, long keep, long dtype, nint* result);
    [DllImport(Library)] internal static extern int op_std(nint self, long* dims, long count, long unbiased, long keep, nint* result);
    [DllImport(Library)] internal static extern int op_var(nint self, long* dims, long count, long unbiased, long keep, nint* result);
    [DllImport(Library)] internal static extern int op_max(nint self, nint* result);
    [DllImport(Library)] internal static extern int op_min(nint self, nint* result);
    [DllImport(Library)] internal static extern int op_all(nint self, nint* result);
    [DllImport(Library)] internal static extern int op_any(nint self, nint* result);
    [DllImport(Library)] internal static extern int op_max_dim(nint self, long dim, long keep, nint* values, nint* indices);
    [DllImport(Library)] internal static extern int op_min_dim(nint self, long dim, long keep, nint* values, nint* indices);
    [DllImport(Library)] internal static extern int op_topk(nint self, long k, long dim, long largest, long sorted, nint* values, nint* indices);
    [DllImport(Library)] internal static extern int op_sort(nint self, long dim, long descending, long stable, nint* values, nint* indices);
    [DllImport(Library)] internal static extern int op_argmax(nint self, long dim, long keep, nint* result);
    [DllImport(Library)] internal static extern int op_cumsum(nint self, long dim, long dtype, nint* result);
    [DllImport(Library)] internal static extern int op_logsumexp(nint self, long dim, long keep, nint* result);
    [DllImport(Library)] internal static extern int op_softmax(nint self, long dim, long dtype, nint* result);
    [DllImport(Library)] internal static extern int op_log_softmax(nint self, long dim, long dtype, nint* result);
    [DllImport(Library)] internal static extern int op_norm(nint self, double p, nint* result);
    [DllImport(Library)] internal static extern int op_matmul(nint self, nint other, nint* result);
    [DllImport(Library)] internal static extern int op_mm(nint self, nint other, nint* result);
    [DllImport(Library)] internal static extern int op_bmm(nint self, nint other, nint* result);
    [DllImport(Library)] internal static extern int op_outer(nint self, nint other, nint* result);
    [DllImport(Library)] internal static extern int op_einsum(byte* equation, nint* tensors, long count, nint* result);
}
