using System.Runtime.InteropServices;

namespace AgentOps.Models;

/// <summary>Joins the symbols of one word: always the pair of lowest rank, and of equal ones the leftmost, until no pair is known.</summary>
internal sealed class BpeMerges
{
    /// <summary>Up to this length looking through all pairs each time is faster than keeping them in a heap.</summary>
    private const int ShortWord = 32;

    private readonly Dictionary<long, (int Rank, int Joined)> _pairs;

    /// <param name="pairs">By rank: the left symbol, the right one, and what they become. A pair that stands twice keeps its first rank.</param>
    public BpeMerges(IReadOnlyList<(int Left, int Right, int Joined)> pairs)
    {
        _pairs = new(pairs.Count);
        for (var rank = 0; rank < pairs.Count; rank++)
            _pairs.TryAdd(Key(pairs[rank].Left, pairs[rank].Right), (rank, pairs[rank].Joined));
    }

    public int[] Apply(List<int> symbols)
    {
        if (symbols.Count <= ShortWord)
            ApplyByScan(symbols);
        else
            ApplyByHeap(symbols);
        return [.. symbols];
    }

    internal void ApplyByScan(List<int> symbols)
    {
        while (true)
        {
            var best = (Rank: int.MaxValue, Joined: 0);
            var at = -1;
            for (var i = 0; i + 1 < symbols.Count; i++)
                if (_pairs.TryGetValue(Key(symbols[i], symbols[i + 1]), out var pair) && pair.Rank < best.Rank)
                    (best, at) = (pair, i);
            if (at < 0)
                return;
            symbols[at] = best.Joined;
            symbols.RemoveAt(at + 1);
        }
    }

    /// <summary>The same in O(n log n), for words without end: a linked list of symbols and a heap of pairs, of which the outdated ones are passed over.</summary>
    internal void ApplyByHeap(List<int> symbols)
    {
        var ids = CollectionsMarshal.AsSpan(symbols).ToArray();
        var next = new int[ids.Length];
        var previous = new int[ids.Length];
        var queue = new PriorityQueue<(int At, long Pair, int Joined), (int Rank, int At)>();
        for (var i = 0; i < ids.Length; i++)
            (previous[i], next[i]) = (i - 1, i + 1);
        for (var i = 0; i < ids.Length; i++)
            Enqueue(i);

        while (queue.TryDequeue(out var found, out _))
        {
            var right = next[found.At];
            if (ids[found.At] < 0 || right >= ids.Length || Key(ids[found.At], ids[right]) != found.Pair)
                continue;
            ids[found.At] = found.Joined;
            ids[right] = -1;
            next[found.At] = next[right];
            if (next[right] < ids.Length)
                previous[next[right]] = found.At;
            Enqueue(found.At);
            if (previous[found.At] >= 0)
                Enqueue(previous[found.At]);
        }
        symbols.Clear();
        symbols.AddRange(ids.Where(id => id >= 0));

        void Enqueue(int at)
        {
            if (next[at] < ids.Length && _pairs.TryGetValue(Key(ids[at], ids[next[at]]), out var pair))
                queue.Enqueue((at, Key(ids[at], ids[next[at]]), pair.Joined), (pair.Rank, at));
        }
    }

    private static long Key(int left, int right) => (long)left << 32 | (uint)right;
}
