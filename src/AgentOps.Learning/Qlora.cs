using AgentOps.Contracts;
using static TorchSharp.torch;

namespace AgentOps.Learning;

/// <summary>
/// LoRA over a base in four bits: y = x·dequantised(W)ᵀ + (α/r)·x·Aᵀ·Bᵀ. Dettmers et al. 2023, arXiv:2305.14314, eq. 5 and 6; the bits are <see cref="AgentOps.Torch.Kernels.Nf4"/>'s.
/// All linear maps of the blocks are in four bits, whether they are adapted or not; embedding, head, norms and biases are as they were. A reference is the quantised base with the adapter off.
/// Departs from the paper: (1) products are computed in float32; (2) there are no paged optimisers; (3) the saved model is the dequantised base with the adapter merged, since that is what was trained.
/// </summary>
public static class Qlora
{
    /// <summary>Reads a Hugging Face folder into four bits, without ever holding it as float32 tensors, and gives it a new adapter. While it is read, the folder's weights stand in memory as float32 numbers once.</summary>
    /// <inheritdoc cref="Lora.Attach(Policy, LoraOptions, string, long)"/>
    public static Policy Load(string modelFolder, LoraOptions options, string baseModel, long seed, Device? device = null)
    {
        var policy = Policy.Load(modelFolder, device, isQuantised: true);
        try
        {
            Lora.Attach(policy, options, baseModel, seed);
            return policy;
        }
        catch
        {
            policy.Dispose();
            throw;
        }
    }
}
