using AgentOps.Contracts;
using static TorchSharp.torch;

namespace AgentOps.Learning;

/// <summary>Which tokens carry loss. Always by selecting them: an unselected term cannot leak, where 0 · ∞ would.</summary>
public static class Masks
{
    /// <summary>The positions of the trained tokens in ascending order.</summary>
    public static IEnumerable<int> TrainedPositions(TokenSequence sequence) => sequence.Trained.SelectMany(span => Enumerable.Range(span[0], span[1]));

    /// <summary>The positions of all other tokens but the first, before which there is nothing to tell it by.</summary>
    public static IEnumerable<int> ObservedPositions(TokenSequence sequence) => Enumerable.Range(1, sequence.Ids.Length - 1).Except(TrainedPositions(sequence));

    /// <summary>The weight of every trained token: that of its span.</summary>
    /// <returns>[N], row after row.</returns>
    public static Tensor Weights(IReadOnlyList<TokenSequence> sequences)
    {
        var weights = sequences.SelectMany(sequence => sequence.Trained.SelectMany((span, i) => Enumerable.Repeat((float)(sequence.Weights?[i] ?? 1), span[1]))).ToArray();
        return tensor(weights, [weights.Length]);
    }

    /// <summary>The sum of each row's own values.</summary>
    /// <param name="values">[N], row after row.</param>
    /// <param name="counts">How many values each of the B rows has; they sum to N.</param>
    /// <returns>[B].</returns>
    public static Tensor SumByRow(Tensor values, IReadOnlyList<int> counts)
    {
        Shape.Is(values, counts.Sum());
        var sums = new Tensor[counts.Count];
        var start = 0L;
        for (var row = 0; row < counts.Count; row++)
        {
            sums[row] = values.narrow(0, start, counts[row]).sum();
            start += counts[row];
        }
        return stack(sums);
    }
}
