using static TorchSharp.torch;

namespace AgentOps.Learning;

/// <summary>Numbers between tensors and managed arrays, row-major.</summary>
public static class Numbers
{
    /// <summary>A copy of a tensor's numbers as float32.</summary>
    public static float[] Of(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        return tensor.detach().to(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
    }

    /// <summary>Overwrites a tensor's numbers.</summary>
    public static void Set(Tensor target, float[] values)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        target.copy_(tensor(values, target.shape));
    }
}
