using System.Runtime.InteropServices;

namespace AgentOps.Torch.Interop;

// native/layers.cpp
internal static unsafe partial class Native
{
    [DllImport(Library)] internal static extern int nn_linear(nint input, nint weight, nint bias, nint* result);
    [DllImport(Library)] internal static extern int nn_layer_norm(nint input, long* shape, long count, nint weight, nint bias, double eps, nint* result);
    [DllImport(Library)] internal static extern int nn_cross_entropy(nint input, nint target, nint weight, long reduction, long ignoreIndex, double smoothing, nint* result);
    [DllImport(Library)] internal static extern int nn_nll_loss(nint input, nint target, nint weight, long reduction, long ignoreIndex, nint* result);
    [DllImport(Library)] internal static extern int nn_mse_loss(nint input, nint target, long reduction, nint* result);
    [DllImport(Library)] internal static extern int nn_binary_cross_entropy_with_logits(nint input, nint target, long reduction, nint* result);
}
