using AgentOps.Hosting;

namespace AgentOps.Registry;

/// <summary>Why somebody does something: it stands in the ledger for ever.</summary>
internal static class Reasons
{
    private const int Longest = 500;

    /// <exception cref="ProblemException">It is empty, too long or not one line.</exception>
    public static void Check(string reason, string what)
    {
        if (reason.Length is 0 or > Longest || reason.Any(char.IsControl))
            throw ProblemException.BadRequest($"{what}-reason", $"A {what} says why, in 1 to {Longest} characters on one line.");
    }

    /// <summary>Of what may go without one.</summary>
    /// <exception cref="ProblemException">It is given, and is empty, too long or not one line.</exception>
    public static void CheckGiven(string? reason, string what)
    {
        if (reason is not null)
            Check(reason, what);
    }
}
