using System.Runtime.InteropServices;

namespace AgentOps.Torch.Interop;

// native/kernels.cpp, native/attention.cpp, native/embedding.cpp, native/quantised.cpp
internal static unsafe partial class Native
{
    [DllImport(Library)] internal static extern int kernel_rms_norm(nint x, nint weight, double eps, nint* result);
    [DllImport(Library)] internal static extern int kernel_swiglu(nint gate, nint up, nint* result);
    [DllImport(Library)] internal static extern int kernel_rope(nint x, nint table, nint* result);
    [DllImport(Library)] internal static extern int kernel_token_log_probs(nint logits, nint targets, nint* result);
    [DllImport(Library)] internal static extern int kernel_causal_attention(nint q, nint k, nint v, nint segments, nint* result);
    [DllImport(Library)] internal static extern int kernel_nf4_linear(nint x, nint codes, nint steps, nint scales, double offset, long rows, nint* result);
    [DllImport(Library)] internal static extern int nn_embedding(nint numbers, nint weight, nint* result);
}
