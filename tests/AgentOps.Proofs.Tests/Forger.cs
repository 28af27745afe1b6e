namespace AgentOps.Proofs.Tests;

/// <summary>Changes a true proof in one place.</summary>
internal sealed class Forger(Random random)
{
    private const int HashBytes = 32;

    public Random Random => random;

    /// <summary>Another row of hashes than the given one, and what was done.</summary>
    public (byte[][] Path, string How) Forge(byte[][] path)
    {
        var at = random.Next(path.Length + 1);
        return random.Next(6) switch
        {
            0 when at < path.Length => (With(path, at, Turned(path[at])), $"a bit of hash {at} turned"),
            1 when at < path.Length => (With(path, at, Any()), $"hash {at} replaced"),
            2 when at < path.Length => ([.. path[..at], .. path[(at + 1)..]], $"hash {at} left out"),
            3 when at + 1 < path.Length => ([.. path[..at], path[at + 1], path[at], .. path[(at + 2)..]], $"hashes {at} and {at + 1} swapped"),
            4 when at < path.Length => ([.. path[..at], path[at], .. path[at..]], $"hash {at} doubled"),
            _ => ([.. path[..at], Any(), .. path[at..]], $"a hash put in at {at}"),
        };
    }

    private static byte[][] With(byte[][] path, int at, byte[] hash) => [.. path[..at], hash, .. path[(at + 1)..]];

    private byte[] Turned(byte[] hash)
    {
        byte[] turned = [.. hash];
        turned[random.Next(HashBytes)] ^= (byte)(1 << random.Next(8));
        return turned;
    }

    private byte[] Any()
    {
        var hash = new byte[HashBytes];
        random.NextBytes(hash);
        return hash;
    }
}
