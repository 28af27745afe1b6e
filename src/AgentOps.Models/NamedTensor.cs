namespace AgentOps.Models;

/// <summary>A float32 tensor of a model: row-major values, the last dimension running fastest.</summary>
public sealed class NamedTensor
{
    /// <exception cref="ArgumentException">The shape does not give the number of values.</exception>
    public NamedTensor(string name, long[] shape, float[] values)
    {
        var count = shape.Aggregate(1L, (product, size) => checked(product * size));
        if (count != values.Length)
            throw new ArgumentException($"The tensor {name} of shape [{string.Join(", ", shape)}] needs {count} values, not {values.Length}.", nameof(values));
        Name = name;
        Shape = shape;
        Values = values;
    }

    public string Name { get; }

    public long[] Shape { get; }

    public float[] Values { get; }
}
