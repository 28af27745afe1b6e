using AgentOps.Contracts;
using AgentOps.Environments;

namespace AgentOps.Learning;

/// <summary>
/// Which samples come from where, and how much of the training each source is to be: J = η E_agent[log π] + (1 - η) E_general[log π], AgentTuning, arXiv:2310.12823, eq. 1, for any number of environments.
/// Departs from the paper: shares are of training tokens, not of samples, and are kept to by order and not by drawing: over the whole training, and over each pool of batches that are sorted by length together, no source is more than one sample above its share.
/// So of two sources none is further below it either; of more, one may be below it by as much as the others are above theirs.
/// </summary>
/// <param name="Sources">The samples of each source.</param>
/// <param name="Shares">Of each source, in all 1.</param>
public sealed record Mixture(IReadOnlyList<int[]> Sources, IReadOnlyList<double> Shares)
{
    /// <exception cref="ArgumentException">A source has no samples, or a sample no share.</exception>
    public static Mixture Of(IReadOnlyList<TokenSequence> samples, IReadOnlyDictionary<string, double> shares)
    {
        if (Lacks(samples, shares) is { } lacks)
            throw new ArgumentException(lacks, nameof(shares));
        var byEnvironment = Enumerable.Range(0, samples.Count).ToLookup(sample => EnvironmentOf(samples[sample]));
        string[] environments = [.. shares.Keys.Order(StringComparer.Ordinal)];
        return new([.. environments.Select(environment => byEnvironment[environment].ToArray())], [.. environments.Select(environment => shares[environment])]);
    }

    /// <returns>What samples and shares lack, in a sentence; null where they fit.</returns>
    public static string? Lacks(IReadOnlyList<TokenSequence> samples, IReadOnlyDictionary<string, double> shares)
    {
        var there = samples.Select(EnvironmentOf).ToHashSet();
        return shares.Keys.FirstOrDefault(environment => !there.Contains(environment)) is { } empty ? $"There is nothing to train on of '{empty}', which has a share of {shares[empty]}."
            : there.FirstOrDefault(environment => !shares.ContainsKey(environment)) is { } without ? $"'{without}', of which there are samples, has no share."
            : null;
    }

    /// <summary>All samples without end, each source's in an order of its own that is drawn anew when it is through; next comes who is furthest behind his share.</summary>
    /// <param name="lengths">Tokens of each sample.</param>
    public IEnumerable<int> InOrder(IReadOnlyList<int> lengths, long seed)
    {
        var orders = Sources.Select((samples, source) => Endless(samples, $"order/{seed}/source {source}").GetEnumerator()).ToArray();
        var taken = new double[orders.Length];
        while (true)
        {
            var next = Enumerable.Range(0, orders.Length).MinBy(source => taken[source] / Shares[source]);
            orders[next].MoveNext();
            var sample = orders[next].Current;
            taken[next] += lengths[sample];
            yield return sample;
        }
    }

    private static IEnumerable<int> Endless(int[] samples, string name)
    {
        for (var pass = 0; ; pass++)
            foreach (var sample in new Rng(Seed.Of($"{name}/{pass}")).Shuffled(samples))
                yield return sample;
    }

    private static string EnvironmentOf(TokenSequence sample) => TaskId.Parse(sample.Task).Environment;
}
