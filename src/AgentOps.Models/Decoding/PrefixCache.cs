namespace AgentOps.Models.Decoding;

/// <summary>The keys and values of finished sequences, found again by their tokens. Bounded by the pool's blocks and by a number of entries; least recently used goes first. For the engine's thread only.</summary>
internal sealed class PrefixCache(int maxEntries)
{
    private readonly LinkedList<Entry> _entries = [];

    public int Count => _entries.Count;

    /// <summary>The entry that shares the longest prefix with the prompt, and how many tokens that are; marks it as just used.</summary>
    public (IReadOnlyList<KvBlock> Blocks, int Length) Longest(ReadOnlySpan<int> prompt)
    {
        LinkedListNode<Entry>? best = null;
        var length = 0;
        for (var node = _entries.First; node is not null; node = node.Next)
        {
            var common = prompt.CommonPrefixLength(node.Value.Tokens);
            if (common > length)
                (best, length) = (node, common);
        }
        if (best is null)
            return ([], 0);
        Touch(best);
        return (best.Value.Blocks, length);
    }

    /// <summary>Keeps a finished sequence's blocks, taking over the caller's hold on them, in place of any entry that it extends.</summary>
    public void Keep(int[] tokens, IReadOnlyList<KvBlock> blocks, KvPool pool)
    {
        var next = _entries.First;
        while (next is { } node)
        {
            next = node.Next;
            var common = tokens.AsSpan().CommonPrefixLength(node.Value.Tokens);
            if (common == tokens.Length)
            {
                Touch(node);
                Release(blocks, pool);
                return;
            }
            if (common == node.Value.Tokens.Length)
                Remove(node, pool);
        }
        _entries.AddFirst(new Entry(tokens, blocks));
        if (_entries.Count > maxEntries)
            EvictOldest(pool);
    }

    /// <returns>False when there is nothing left to evict.</returns>
    public bool EvictOldest(KvPool pool)
    {
        if (_entries.Last is not { } oldest)
            return false;
        Remove(oldest, pool);
        return true;
    }

    private void Touch(LinkedListNode<Entry> node)
    {
        _entries.Remove(node);
        _entries.AddFirst(node);
    }

    private void Remove(LinkedListNode<Entry> node, KvPool pool)
    {
        _entries.Remove(node);
        Release(node.Value.Blocks, pool);
    }

    private static void Release(IReadOnlyList<KvBlock> blocks, KvPool pool)
    {
        foreach (var block in blocks)
            pool.Release(block);
    }

    private sealed record Entry(int[] Tokens, IReadOnlyList<KvBlock> Blocks);
}
