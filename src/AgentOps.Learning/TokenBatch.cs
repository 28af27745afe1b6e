using AgentOps.Contracts;
using static TorchSharp.torch;

namespace AgentOps.Learning;

/// <summary>Sequences side by side, padded on the right. Padding is never selected, and causal attention keeps it from everything that is.</summary>
/// <param name="Ids">int64 [B, T]: the tokens that the model reads, each sequence without its last one.</param>
/// <param name="Places">int64 [N]: indices into the flattened [B·T] from which a trained token is predicted, row by row.</param>
/// <param name="Targets">int64 [N]: those tokens.</param>
/// <param name="Trained">How many of the N belong to each of the B rows.</param>
/// <param name="Tokens">All tokens of the sequences, padding not counted.</param>
public sealed record TokenBatch(Tensor Ids, Tensor Places, Tensor Targets, IReadOnlyList<int> Trained, long Tokens)
{
    /// <summary>Any id would do; this is the padding token of the project's own vocabularies.</summary>
    private const long Padding = 0;

    public static TokenBatch Of(IReadOnlyList<TokenSequence> sequences, Device device)
    {
        var width = sequences.Max(sequence => sequence.Ids.Length) - 1;
        var ids = new long[sequences.Count * width];
        Array.Fill(ids, Padding);
        var (places, targets, trained) = (new List<long>(), new List<long>(), new int[sequences.Count]);
        for (var row = 0; row < sequences.Count; row++)
        {
            var sequence = sequences[row];
            for (var i = 0; i < sequence.Ids.Length - 1; i++)
                ids[row * width + i] = sequence.Ids[i];
            foreach (var position in Masks.TrainedPositions(sequence))
            {
                places.Add(row * width + position - 1);
                targets.Add(sequence.Ids[position]);
                trained[row]++;
            }
        }
        return new(
            tensor(ids, [sequences.Count, width]).to(device), tensor(places.ToArray(), [places.Count]).to(device), tensor(targets.ToArray(), [targets.Count]).to(device),
            trained, sequences.Sum(sequence => (long)sequence.Ids.Length));
    }
}
