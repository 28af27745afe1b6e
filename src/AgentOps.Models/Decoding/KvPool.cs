namespace AgentOps.Models.Decoding;

/// <summary>
/// The bounded stock of key/value blocks. Running sequences reserve their worst case on admission, so an allocation never fails:
/// what is over serves as the cache of finished prefixes and is taken back least recently used first. For the engine's thread only.
/// </summary>
internal sealed class KvPool(KvLayout layout, int capacity, PrefixCache cache)
{
    private readonly Stack<KvBlock> _free = new();
    private int _live;

    public int Reserved { get; private set; }

    public bool TryReserve(int blocks)
    {
        if (Reserved + blocks > capacity)
            return false;
        Reserved += blocks;
        return true;
    }

    public void Unreserve(int blocks) => Reserved -= blocks;

    /// <summary>A block held once by the caller; its content is whatever it had before.</summary>
    /// <exception cref="InvalidOperationException">More blocks are held than were reserved.</exception>
    public KvBlock Allocate()
    {
        while (_live == capacity && cache.EvictOldest(this)) { }
        if (_live == capacity)
            throw new InvalidOperationException($"All {capacity} key/value blocks are held although only {Reserved} are reserved.");
        _live++;
        var block = _free.TryPop(out var used) ? used : new KvBlock(layout.Length);
        block.Holders = 1;
        return block;
    }

    /// <summary>Turns the caller's hold on a block into one that it may write to: the block itself when nobody else holds it, or a copy.</summary>
    /// <remarks>The block may be one more than the caller reserved, so that making room can leave it as the only one for the caller to have.</remarks>
    public KvBlock Own(KvBlock block)
    {
        while (_live == capacity && block.Holders > 1 && cache.EvictOldest(this)) { }
        if (block.Holders == 1)
            return block;
        var copy = Allocate();
        block.CopyTo(copy);
        Release(block);
        return copy;
    }

    public void Release(KvBlock block)
    {
        if (--block.Holders > 0)
            return;
        _live--;
        _free.Push(block);
    }
}
