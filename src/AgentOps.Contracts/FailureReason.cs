namespace AgentOps.Contracts;

/// <summary>Why something failed, as an event has it: whatever a file, a library or an environment has said, it fits, and anything can show and store it.</summary>
public static class FailureReason
{
    // Escaped as JSON each may take six bytes, and an event has 64 KiB.
    private const int LongestReason = 2_000;

    /// <summary>The reason itself, or its beginning where it is longer than anybody reads.</summary>
    public static string Of(string said) => Printable(said.Length <= LongestReason ? said
        // Half of a character is none.
        : said[..(char.IsHighSurrogate(said[LongestReason - 1]) ? LongestReason - 1 : LongestReason)] + "…");

    private static string Printable(string said) => string.Concat(said.Select(c => char.IsControl(c) && c is not ('\n' or '\t') ? '\uFFFD' : c));
}
