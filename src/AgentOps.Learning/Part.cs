using AgentOps.Contracts;
using AgentOps.Torch;
using static TorchSharp.torch;

namespace AgentOps.Learning;

/// <summary>
/// What one process does of a step: every n-th sample of the batch, whose samples stand in the order of their lengths, so that parts are about as long. A loss that is a mean over the batch is the sum of the parts' means, each times its share.
/// Where there are more processes than samples, one without any goes through the first one for nothing: it must have the same metrics and gradients to add, with a share of 0.
/// </summary>
/// <param name="Samples">What this process computes.</param>
internal sealed record Part(IReadOnlyList<int> Samples, IReadOnlyList<int> Batch, bool IsIdle)
{
    public static Part Of(IReadOnlyList<int> batch, ProcessGroup? processes)
    {
        if (processes is null)
            return new(batch, batch, IsIdle: false);
        int[] own = [.. batch.Where((_, i) => i % processes.Size == processes.Rank)];
        return own.Length == 0 ? new([batch[0]], batch, IsIdle: true) : new(own, batch, IsIdle: false);
    }

    /// <summary>How much of the batch's sum is this part's.</summary>
    /// <param name="sizeOf">Of a sample, such as its trained tokens.</param>
    public double Share(Func<int, double> sizeOf) => IsIdle ? 0 : Samples.Count == Batch.Count ? 1 : Samples.Sum(sizeOf) / Batch.Sum(sizeOf);

    /// <summary>The part's share in samples.</summary>
    public double Share() => Share(_ => 1);

    /// <returns>The tokens that carry loss, each with its weight.</returns>
    public static double Trained(TokenSequence sequence) => sequence.Trained.Select((span, i) => span[1] * (sequence.Weights?[i] ?? 1)).Sum();

    /// <returns>The value times the share; the value itself where that is 1.</returns>
    public static Tensor Times(Tensor value, double share) => share == 1 ? value : value * share;
}
