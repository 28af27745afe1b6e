using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AgentOps.Models.Decoding;

/// <summary>e^x by range reduction and the polynomial of Cephes' <c>expf</c>, within 3e-7 relative. Written out, so that neither the runtime's version nor the vector width changes a bit.</summary>
internal static class Exponential
{
    // Below it the result would be no normal number and is 0; above the other 2^n would overflow.
    private const float Lowest = -87.3f;
    private const float Highest = 88.3f;
    private const float Log2E = 1.44269504088896341f;
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;
    private const int ExponentBias = 127;
    private const int MantissaBits = 23;

    /// <summary>NaN stays NaN; arguments beyond ±88 give 0 or about 2e38.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Of(Vector512<float> x)
    {
        var bounded = Vector512.Min(Vector512.Max(x, Vector512.Create(Lowest)), Vector512.Create(Highest));
        var n = Vector512.Round(bounded * Vector512.Create(Log2E));
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2High), bounded);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2Low), r);
        var p = Vector512.Create(1.9875691500e-4f);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.3981999507e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(8.3334519073e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(4.1665795894e-2f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.6666665459e-1f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(5.0000001201e-1f));
        p = Vector512.FusedMultiplyAdd(p, r * r, r) + Vector512<float>.One;
        var power = ((Vector512.ConvertToInt32(n) + Vector512.Create(ExponentBias)) << MantissaBits).AsSingle();
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(Lowest)), default, p * power);
    }

    public static float Of(float x) => Of(Vector512.Create(x))[0];
}
