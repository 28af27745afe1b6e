namespace AgentOps.Models.Decoding;

/// <summary>Uniform numbers in [0, 1) addressed by seed and index (SplitMix64), so that a draw does not depend on the draws of others.</summary>
internal static class RandomStream
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    public static double At(long seed, int index) => (Mix(Mix((ulong)seed + Golden) + (ulong)(index + 1) * Golden) >> 11) * (1.0 / (1UL << 53));

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
