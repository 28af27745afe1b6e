using AgentOps.Contracts;
using static TorchSharp.torch;

namespace AgentOps.Learning;

/// <summary>
/// Sequences as a model reads them: packed one behind the other in one row, where each attends to itself alone and its positions start anew, or side by side and padded on the right.
/// Padding is never selected, and causal attention keeps it from everything that is. A packed batch has none, and its attention goes sequence by sequence over slices of the row: each costs what it would alone, where a
/// block-diagonal mask would cost the row's square; on other devices than the CPU that mask is what there is. Both give the same numbers to rounding.
/// </summary>
/// <param name="Ids">int64 [B, T], or [1, T] where packed: the tokens that the model reads, each sequence without its last one.</param>
/// <param name="Packing">Null where the sequences are side by side.</param>
/// <param name="Starts">Of the sequences: indices into the flattened ids.</param>
/// <param name="Places">int64 [N]: indices into the flattened ids from which a trained token is predicted, sequence by sequence.</param>
/// <param name="Targets">int64 [N]: those tokens.</param>
/// <param name="Trained">How many of the N belong to each of the sequences.</param>
/// <param name="Tokens">All tokens of the sequences, padding not counted.</param>
public sealed record TokenBatch(Tensor Ids, Packing? Packing, IReadOnlyList<int> Starts, Tensor Places, Tensor Targets, IReadOnlyList<int> Trained, long Tokens)
{
    /// <summary>Any id would do; this is the padding token of the project's own vocabularies.</summary>
    private const long Padding = 0;

    /// <summary>Where the tokens that are not trained are predicted from, and which they are, sequence by sequence.</summary>
    /// <param name="sequences">The batch's.</param>
    /// <returns>int64 [M], [M].</returns>
    public (Tensor Places, Tensor Targets) Observed(IReadOnlyList<TokenSequence> sequences)
    {
        var observed = sequences.SelectMany((sequence, row) => Masks.ObservedPositions(sequence).Select(position => (Place: (long)Starts[row] + position - 1, Target: (long)sequence.Ids[position]))).ToArray();
        return (Row([.. observed.Select(token => token.Place)]), Row([.. observed.Select(token => token.Target)]));

        Tensor Row(long[] numbers) => tensor(numbers, [numbers.Length]).to(Ids.device);
    }

    /// <param name="packed">In one row instead of side by side.</param>
    public static TokenBatch Of(IReadOnlyList<TokenSequence> sequences, Device device, bool packed = false)
    {
        int[] lengths = [.. sequences.Select(sequence => sequence.Ids.Length - 1)];
        var width = packed ? lengths.Sum() : lengths.Max();
        int[] starts = [.. sequences.Select((_, i) => packed ? lengths.Take(i).Sum() : i * width)];
        var ids = new long[packed ? width : sequences.Count * width];
        Array.Fill(ids, Padding);
        var (places, targets, trained) = (new List<long>(), new List<long>(), new int[sequences.Count]);
        for (var row = 0; row < sequences.Count; row++)
        {
            var sequence = sequences[row];
            for (var i = 0; i < lengths[row]; i++)
                ids[starts[row] + i] = sequence.Ids[i];
            foreach (var position in Masks.TrainedPositions(sequence))
            {
                places.Add(starts[row] + position - 1);
                targets.Add(sequence.Ids[position]);
                trained[row]++;
            }
        }
        return new(
            tensor(ids, [ids.Length / Math.Max(1, width), width]).to(device), packed ? Packing.Of(lengths, device) : null, starts,
            tensor(places.ToArray(), [places.Count]).to(device), tensor(targets.ToArray(), [targets.Count]).to(device), trained, sequences.Sum(sequence => (long)sequence.Ids.Length));
    }
}

/// <summary>Which sequence each token of a packed row belongs to, and where in it it stands.</summary>
/// <param name="Segments">int64 [1, T]: a number for each sequence.</param>
/// <param name="Positions">int64 [T]: from 0 on in each sequence.</param>
public sealed record Packing(Tensor Segments, Tensor Positions)
{
    /// <param name="lengths">Of the sequences, one behind the other.</param>
    public static Packing Of(IReadOnlyList<int> lengths, Device device)
    {
        long[] segments = [.. lengths.SelectMany((length, i) => Enumerable.Repeat((long)i, length))];
        long[] positions = [.. lengths.SelectMany(length => Enumerable.Range(0, length)).Select(position => (long)position)];
        return new(tensor(segments, [1, segments.Length]).to(device), tensor(positions, [positions.Length]).to(device));
    }
}
