namespace AgentOps.Models;

/// <summary>How one tensor differs between two models.</summary>
/// <param name="Values">How many values the tensor has; null where only one of the models has it, or where the shapes differ.</param>
/// <param name="Differing">How many of them differ, bit for bit.</param>
/// <param name="First">The row-major index of the first that does.</param>
/// <param name="Largest">The largest absolute difference; NaN where a value is not a number on one side.</param>
public sealed record TensorDifference(string Name, string? Reason, long? Values = null, long? Differing = null, long? First = null, float? Largest = null);

/// <summary>Compares the weights of two models, tensor by tensor in the order of their names.</summary>
public static class TensorDifferences
{
    /// <returns>The tensors that differ; none where the weights are the same.</returns>
    public static IReadOnlyList<TensorDifference> Between(IReadOnlyDictionary<string, NamedTensor> from, IReadOnlyDictionary<string, NamedTensor> to) =>
        [.. from.Keys.Union(to.Keys).Order(StringComparer.Ordinal).Select(name => Of(name, from.GetValueOrDefault(name), to.GetValueOrDefault(name))).OfType<TensorDifference>()];

    private static TensorDifference? Of(string name, NamedTensor? from, NamedTensor? to)
    {
        if (from is null || to is null)
            return new(name, $"only the {(from is null ? "second" : "first")} model has it");
        if (!from.Shape.AsSpan().SequenceEqual(to.Shape))
            return new(name, $"its shape is [{string.Join(", ", from.Shape)}] in the first model and [{string.Join(", ", to.Shape)}] in the second");
        long differing = 0, first = -1;
        var largest = 0f;
        for (var i = 0; i < from.Values.Length; i++)
            if (BitConverter.SingleToInt32Bits(from.Values[i]) != BitConverter.SingleToInt32Bits(to.Values[i]))
            {
                differing++;
                first = first < 0 ? i : first;
                largest = MathF.Max(largest, MathF.Abs(from.Values[i] - to.Values[i]));
            }
        return differing == 0 ? null : new(name, null, from.Values.Length, differing, first, largest);
    }
}
