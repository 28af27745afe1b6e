namespace AgentOps.Models.Tests.Decoding;

/// <summary>The transformer written plainly in double precision, without cache, batch or kernels: what the engine is held against.</summary>
internal sealed class ReferenceForward(RandomModel model)
{
    private readonly ModelConfig _s = model.Config;

    /// <summary>Natural log-probabilities of every token after the last of <paramref name="tokens"/>.</summary>
    public double[] LogProbs(IReadOnlyList<int> tokens)
    {
        var hidden = tokens.Select(t => Row("model.embed_tokens.weight", t, _s.HiddenSize)).ToArray();
        for (var layer = 0; layer < _s.Layers; layer++)
            hidden = Layer($"model.layers.{layer}.", hidden);
        var final = Norm(hidden[^1], Tensor("model.norm.weight"));
        var logits = Product(_s.TieWordEmbeddings ? "model.embed_tokens" : "lm_head", final);
        var largest = logits.Max();
        var logSum = largest + Math.Log(logits.Sum(l => Math.Exp(l - largest)));
        return [.. logits.Select(l => l - logSum)];
    }

    public int[] Greedy(IReadOnlyList<int> prompt, int count)
    {
        var tokens = prompt.ToList();
        for (var i = 0; i < count; i++)
        {
            var logProbs = LogProbs(tokens);
            tokens.Add(Array.IndexOf(logProbs, logProbs.Max()));
        }
        return [.. tokens.Skip(prompt.Count)];
    }

    private double[][] Layer(string at, double[][] hidden)
    {
        var normed = hidden.Select(h => Norm(h, Tensor(at + "input_layernorm.weight"))).ToArray();
        var queries = normed.Select((n, p) => Heads(at, "q", n, p, _s.Heads)).ToArray();
        var keys = normed.Select((n, p) => Heads(at, "k", n, p, _s.KeyValueHeads)).ToArray();
        var values = normed.Select(n => Split(Product(at + "self_attn.v_proj", n), _s.KeyValueHeads)).ToArray();
        var attended = queries.Select((q, p) => Product(at + "self_attn.o_proj", Attend(q, keys, values, p)));
        var after = hidden.Zip(attended, Add).ToArray();
        return [.. after.Select(h => Add(h, Mlp(at, Norm(h, Tensor(at + "post_attention_layernorm.weight")))))];
    }

    private double[][] Heads(string at, string which, double[] normed, int position, int heads) =>
        [.. Split(Product($"{at}self_attn.{which}_proj", normed), heads)
            .Select(h => _s.HasHeadNorms ? Norm(h, Tensor($"{at}self_attn.{which}_norm.weight")) : h)
            .Select(h => Rotate(h, position))];

    private double[] Attend(double[][] query, double[][][] keys, double[][][] values, int position)
    {
        var output = new List<double>();
        for (var head = 0; head < _s.Heads; head++)
        {
            var shared = head / (_s.Heads / _s.KeyValueHeads);
            var weights = Enumerable.Range(0, position + 1).Select(p => Math.Exp(query[head].Zip(keys[p][shared], (a, b) => a * b).Sum() / Math.Sqrt(_s.HeadDim))).ToArray();
            for (var d = 0; d < _s.HeadDim; d++)
                output.Add(weights.Select((w, p) => w * values[p][shared][d]).Sum() / weights.Sum());
        }
        return [.. output];
    }

    private double[] Mlp(string at, double[] x)
    {
        var gate = Product(at + "mlp.gate_proj", x);
        var up = Product(at + "mlp.up_proj", x);
        return Product(at + "mlp.down_proj", [.. gate.Zip(up, (g, u) => g / (1 + Math.Exp(-g)) * u)]);
    }

    private double[] Rotate(double[] head, int position)
    {
        var half = head.Length / 2;
        var turned = new double[head.Length];
        for (var i = 0; i < half; i++)
        {
            var (sin, cos) = Math.SinCos(position * Math.Pow(_s.RopeTheta, -2.0 * i / head.Length));
            turned[i] = head[i] * cos - head[half + i] * sin;
            turned[half + i] = head[half + i] * cos + head[i] * sin;
        }
        return turned;
    }

    private double[] Norm(double[] x, float[] gain)
    {
        var scale = 1 / Math.Sqrt(x.Sum(v => v * v) / x.Length + _s.RmsNormEps);
        return [.. x.Select((v, i) => v * scale * gain[i])];
    }

    private double[] Product(string name, double[] x)
    {
        var outputs = Tensor(name + ".weight").Length / x.Length;
        var bias = model.Tensors.TryGetValue(name + ".bias", out var b) ? b : new float[outputs];
        return [.. Enumerable.Range(0, outputs).Select(o => Row(name + ".weight", o, x.Length).Zip(x, (w, v) => w * v).Sum() + bias[o])];
    }

    private float[] Tensor(string name) => model.Tensors[name];

    private double[] Row(string name, int row, int size) => [.. Tensor(name).Skip(row * size).Take(size).Select(v => (double)v)];

    private static double[][] Split(double[] x, int heads) => [.. x.Chunk(x.Length / heads)];

    private static double[] Add(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];
}
