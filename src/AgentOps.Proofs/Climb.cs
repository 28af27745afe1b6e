namespace AgentOps.Proofs;

/// <summary>The way from a leaf to the root, one hash of a proof at a time: the step that RFC 9162 sections 2.1.3.2 and 2.1.4.2 share.</summary>
internal static class Climb
{
    /// <summary>Goes up to the node that the proof's next hash makes.</summary>
    /// <param name="fn">The index at its level of the node that was reached.</param>
    /// <param name="sn">The last index at that level, not 0: at 0 the root is reached.</param>
    /// <returns>Whether the proof's hash stands left of what was reached.</returns>
    public static bool JoinsFromTheLeft(ref long fn, ref long sn)
    {
        var left = IsOdd(fn) || fn == sn;
        // The last node of a level that has no neighbour goes up as it is, until it is somebody's right neighbour.
        if (left)
            while (!IsOdd(fn) && fn != 0)
                (fn, sn) = (fn >> 1, sn >> 1);
        (fn, sn) = (fn >> 1, sn >> 1);
        return left;
    }

    public static bool IsOdd(long number) => (number & 1) == 1;
}
