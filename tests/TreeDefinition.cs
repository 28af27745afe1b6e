using System.Security.Cryptography;

namespace AgentOps.Tests;

/// <summary>RFC 6962 section 2.1 word for word, over leaf hashes, with its names: slow, and nothing to understand but the RFC.</summary>
public static class TreeDefinition
{
    /// <summary>MTH(D[n]), section 2.1: the root.</summary>
    public static byte[] Root(ReadOnlySpan<byte[]> d)
    {
        if (d.Length == 0)
            return SHA256.HashData([]);
        if (d.Length == 1)
            return d[0];
        var k = Split(d.Length);
        return SHA256.HashData([1, .. Root(d[..k]), .. Root(d[k..])]);
    }

    /// <summary>PATH(m, D[n]), section 2.1.1: the proof that D[n] holds the leaf m.</summary>
    public static byte[][] Path(int m, ReadOnlySpan<byte[]> d)
    {
        if (d.Length == 1)
            return [];
        var k = Split(d.Length);
        return m < k
            ? [.. Path(m, d[..k]), Root(d[k..])]
            : [.. Path(m - k, d[k..]), Root(d[..k])];
    }

    /// <summary>PROOF(m, D[n]), section 2.1.2: the proof that D[n] continues D[m], for 0 &lt; m &lt;= n.</summary>
    public static byte[][] Proof(int m, ReadOnlySpan<byte[]> d) => Subproof(m, d, true);

    private static byte[][] Subproof(int m, ReadOnlySpan<byte[]> d, bool b)
    {
        if (m == d.Length)
            return b ? [] : [Root(d)];
        var k = Split(d.Length);
        return m <= k
            ? [.. Subproof(m, d[..k], b), Root(d[k..])]
            : [.. Subproof(m - k, d[k..], false), Root(d[..k])];
    }

    /// <summary>The largest power of two smaller than n: k &lt; n &lt;= 2k.</summary>
    private static int Split(int n)
    {
        var k = 1;
        while (k * 2 < n)
            k *= 2;
        return k;
    }

    /// <summary>Leaf hashes that all differ.</summary>
    public static byte[][] Leaves(int count) => [.. Enumerable.Range(0, count).Select(n => SHA256.HashData(BitConverter.GetBytes(n)))];
}
