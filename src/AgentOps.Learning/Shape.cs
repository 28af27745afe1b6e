using static TorchSharp.torch;

namespace AgentOps.Learning;

/// <summary>Asserts the shapes that comments promise.</summary>
public static class Shape
{
    /// <param name="sizes">Expected sizes; -1 stands for any.</param>
    /// <exception cref="ArgumentException">The tensor has another shape.</exception>
    public static void Is(Tensor tensor, params ReadOnlySpan<long> sizes)
    {
        var shape = tensor.shape;
        var fits = shape.Length == sizes.Length;
        for (var i = 0; fits && i < sizes.Length; i++)
            fits = sizes[i] == -1 || sizes[i] == shape[i];
        if (!fits)
            throw new ArgumentException($"A tensor of shape [{string.Join(", ", shape)}] stands where [{string.Join(", ", sizes.ToArray())}] is expected.");
    }

    /// <exception cref="ArgumentException">The tensors' shapes differ.</exception>
    public static void Same(Tensor first, params ReadOnlySpan<Tensor> others)
    {
        foreach (var other in others)
            Is(other, first.shape);
    }
}
