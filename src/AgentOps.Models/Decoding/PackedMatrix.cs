namespace AgentOps.Models.Decoding;

/// <summary>
/// A weight matrix [outputs, inputs] laid out for the kernels: panels of 64 outputs, each [inputs][64], the last one padded with zeros.
/// Every lane of a panel accumulates one output over the inputs in ascending order, so an output's bits depend on its own row and input alone.
/// </summary>
internal sealed unsafe class PackedMatrix
{
    public const int PanelWidth = 64;
    private readonly Floats _values;
    private readonly Floats? _bias;

    private PackedMatrix(int outputs, int inputs, bool hasBias)
    {
        Outputs = outputs;
        Inputs = inputs;
        Panels = Floats.RoundUp(outputs, PanelWidth) / PanelWidth;
        _values = new Floats((long)Panels * PanelWidth * inputs);
        _bias = hasBias ? new Floats(Panels * PanelWidth) : null;
    }

    public int Outputs { get; }

    public int Inputs { get; }

    public int Panels { get; }

    /// <summary>The width of an output row: <see cref="Outputs"/> rounded up to whole panels.</summary>
    public int Stride => Panels * PanelWidth;

    public long MultiplyAdds => (long)Outputs * Inputs;

    public float* Panel(int panel) => _values.Pointer + (long)panel * PanelWidth * Inputs;

    /// <summary>The 64 biases of a panel, or null where the matrix has none.</summary>
    public float* Bias(int panel) => _bias is null ? null : _bias.Pointer + panel * PanelWidth;

    /// <summary>Stacks matrices of the same number of inputs; the biases are all given or all absent.</summary>
    public static PackedMatrix Stack(int inputs, IReadOnlyList<float[]> matrices, IReadOnlyList<float[]>? biases = null)
    {
        var packed = new PackedMatrix(matrices.Sum(m => m.Length / inputs), inputs, biases is not null);
        var output = 0;
        foreach (var matrix in matrices)
            for (var row = 0; row < matrix.Length / inputs; row++)
                packed.SetRow(output++, matrix.AsSpan(row * inputs, inputs));
        var at = 0;
        foreach (var bias in biases ?? [])
        {
            bias.CopyTo(packed._bias!.Span[at..]);
            at += bias.Length;
        }
        return packed;
    }

    /// <summary>Interleaves gate and up projection: each panel holds 32 rows of the one and the same 32 rows of the other, so that one tile yields finished SwiGLU values.</summary>
    public static PackedMatrix Interleave(int inputs, float[] gate, float[] up)
    {
        const int half = PanelWidth / 2;
        var rows = gate.Length / inputs;
        var packed = new PackedMatrix(Floats.RoundUp(rows, half) * 2, inputs, hasBias: false);
        for (var row = 0; row < rows; row++)
        {
            var output = row / half * PanelWidth + row % half;
            packed.SetRow(output, gate.AsSpan(row * inputs, inputs));
            packed.SetRow(output + half, up.AsSpan(row * inputs, inputs));
        }
        return packed;
    }

    /// <summary>Reads one output's weights back, for embeddings tied to the head.</summary>
    public void CopyRow(int output, float* destination)
    {
        var source = Panel(output / PanelWidth) + output % PanelWidth;
        for (var i = 0; i < Inputs; i++)
            destination[i] = source[(long)i * PanelWidth];
    }

    private void SetRow(int output, ReadOnlySpan<float> weights)
    {
        var target = Panel(output / PanelWidth) + output % PanelWidth;
        for (var i = 0; i < weights.Length; i++)
            target[(long)i * PanelWidth] = weights[i];
    }
}
