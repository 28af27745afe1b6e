using AgentOps.Environments;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AgentOps.Learning;

/// <summary>
/// The weights of a new model. Each tensor's numbers follow from seed and name alone and are uniform, which needs no function that differs between machines.
/// Embedding: standard deviation 0.7 (with an untied head, copying is learned in a quarter of the tokens that a small tied embedding takes).
/// Matrices: uniform in ±1/√inputs, PyTorch's default for linear layers. Gains: 1. Biases: 0.
/// </summary>
public static class Initialisation
{
    private const double EmbeddingDeviation = 0.7;

    public static void Apply(Transformer transformer, long seed)
    {
        using var frozen = no_grad();
        foreach (var (name, parameter) in transformer.named_parameters())
        {
            // A uniform distribution in ±a has the standard deviation a/√3.
            if (name.Contains("embed_tokens", StringComparison.Ordinal))
                Fill(parameter, name, seed, EmbeddingDeviation * Math.Sqrt(3));
            else if (parameter.shape.Length == 2)
                Fill(parameter, name, seed, 1 / Math.Sqrt(parameter.shape[1]));
            else
                parameter.fill_(name.EndsWith(".bias", StringComparison.Ordinal) ? 0 : 1);
        }
    }

    private static void Fill(Parameter parameter, string name, long seed, double bound)
    {
        var rng = new Rng(Seed.Of($"initialise/{seed}/{name}"));
        var values = new float[parameter.numel()];
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)((2 * rng.Uniform() - 1) * bound);
        Numbers.Set(parameter, values);
    }
}
