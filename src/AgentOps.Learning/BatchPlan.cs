using AgentOps.Environments;

namespace AgentOps.Learning;

/// <summary>
/// Which samples each optimiser step takes. The whole plan follows from lengths, settings and seed, so a place in it is a step number.
/// Every epoch: (1) all samples in an order drawn from (seed, epoch); (2) pools of <see cref="PooledBatches"/> batches' worth, each sorted by length;
/// (3) batches whose rows times longest row stay within the batch's tokens; (4) the batches in an order drawn from the same generator.
/// </summary>
public static class BatchPlan
{
    /// <summary>Batches' worth of samples that are sorted by length together: little padding, still a different company every epoch.</summary>
    private const int PooledBatches = 16;

    /// <summary>No training takes more steps: a guard against a typing error in the budget.</summary>
    private const int MostSteps = 10_000_000;

    /// <param name="lengths">Tokens of each sample, at least 1.</param>
    /// <param name="batchTokens">Rows times longest row at most; a longer sample is a batch of its own.</param>
    /// <param name="tokens">Ends with the batch that reaches this sum of lengths; exactly one of this and <paramref name="epochs"/>.</param>
    /// <param name="epochs">Passes over all samples.</param>
    /// <returns>The indices of each optimiser step's samples.</returns>
    public static IReadOnlyList<int[]> Of(IReadOnlyList<int> lengths, int batchTokens, long? tokens, int? epochs, long seed)
    {
        if (lengths.Count == 0)
            throw new ArgumentException("There is nothing to train on: the data set is empty.", nameof(lengths));
        if (tokens is null == epochs is null)
            throw new ArgumentException("A training is bounded either by tokens or by epochs.", nameof(tokens));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchTokens);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tokens ?? epochs!.Value);

        return Until(tokens, lengths, Enumerable.Range(0, epochs ?? int.MaxValue).SelectMany(epoch => Epoch(lengths, batchTokens, new Rng(Seed.Of($"order/{seed}/{epoch}")))));
    }

    /// <summary>The same, with the samples in the order of a mixture and the batches of each pool shuffled among themselves.</summary>
    /// <inheritdoc cref="Of"/>
    public static IReadOnlyList<int[]> Mixed(IReadOnlyList<int> lengths, Mixture mixture, int batchTokens, long tokens, long seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchTokens);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tokens);
        var rng = new Rng(Seed.Of($"order/{seed}/batches"));
        return Until(tokens, lengths, Pools(Within(tokens, mixture.InOrder(lengths, seed), lengths), lengths, (long)PooledBatches * batchTokens).SelectMany(pool => rng.Shuffled(Batches(pool, lengths, batchTokens))));
    }

    /// <summary>Batches of all samples, each once, for what is computed of every sample whatever the order; none of none.</summary>
    internal static IReadOnlyList<int[]> Once(IReadOnlyList<int> lengths, int batchTokens) => lengths.Count == 0 ? [] : Of(lengths, batchTokens, null, epochs: 1, seed: 0);

    /// <summary>Batches of some of the samples without end, pass after pass as in <see cref="Of"/>.</summary>
    /// <param name="samples">Indices.</param>
    /// <param name="name">What the order is drawn from.</param>
    internal static IEnumerable<int[]> Endless(int[] samples, IReadOnlyList<int> lengths, int batchTokens, string name)
    {
        int[] own = [.. samples.Select(sample => lengths[sample])];
        for (var pass = 0; ; pass++)
            foreach (var batch in Epoch(own, batchTokens, new Rng(Seed.Of($"order/{name}/{pass}"))))
                yield return [.. batch.Select(place => samples[place])];
    }

    /// <returns>How many samples are in some step.</returns>
    internal static int Seen(IEnumerable<int[]> plan) => plan.SelectMany(samples => samples).Distinct().Count();

    /// <summary>Batches up to the one that reaches so many tokens; all of them where no number is given.</summary>
    internal static List<int[]> Until(long? tokens, IReadOnlyList<int> lengths, IEnumerable<int[]> batches)
    {
        var plan = new List<int[]>();
        var seen = 0L;
        foreach (var batch in batches)
        {
            if (plan.Count == MostSteps)
                throw new ArgumentException($"The training would take more than {MostSteps:N0} optimiser steps: lower its tokens or epochs, or raise the batch's tokens.", nameof(tokens));
            plan.Add(batch);
            seen += batch.Sum(sample => (long)lengths[sample]);
            if (seen >= tokens)
                break;
        }
        return plan;
    }

    /// <summary>The samples up to the one that reaches so many tokens: of a pool that was cut only when it is sorted, the long ones would be missing.</summary>
    private static IEnumerable<int> Within(long tokens, IEnumerable<int> samples, IReadOnlyList<int> lengths)
    {
        foreach (var sample in samples)
        {
            yield return sample;
            if ((tokens -= lengths[sample]) <= 0)
                yield break;
        }
    }

    private static int[][] Epoch(IReadOnlyList<int> lengths, int batchTokens, Rng rng)
    {
        var order = rng.Shuffled(Enumerable.Range(0, lengths.Count));
        return rng.Shuffled(Pools(order, lengths, (long)PooledBatches * batchTokens).SelectMany(pool => Batches(pool, lengths, batchTokens)));
    }

    private static IEnumerable<int[]> Batches(List<int> pool, IReadOnlyList<int> lengths, int batchTokens)
    {
        var batch = new List<int>();
        foreach (var sample in pool.OrderBy(sample => lengths[sample]))
        {
            if (batch.Count > 0 && (batch.Count + 1L) * lengths[sample] > batchTokens)
            {
                yield return [.. batch];
                batch.Clear();
            }
            batch.Add(sample);
        }
        yield return [.. batch];
    }

    private static IEnumerable<List<int>> Pools(IEnumerable<int> order, IReadOnlyList<int> lengths, long poolTokens)
    {
        var pool = new List<int>();
        var tokens = 0L;
        foreach (var sample in order)
        {
            pool.Add(sample);
            tokens += lengths[sample];
            if (tokens < poolTokens)
                continue;
            yield return pool;
            (pool, tokens) = ([], 0);
        }
        if (pool.Count > 0)
            yield return pool;
    }
}
