using AgentOps.Proofs;

namespace AgentOps.Cli;

/// <summary>What scripts can rely on.</summary>
public static class ExitCode
{
    public const int Success = OfflineVerification.Proved;

    /// <summary>It ran and the answer is no: a run failed, a ledger does not verify.</summary>
    public const int Failed = OfflineVerification.NotProved;

    /// <summary>The call itself was wrong.</summary>
    public const int Usage = OfflineVerification.WrongCall;

    /// <summary>The gateway refused: a problem with its sentence.</summary>
    public const int Refused = 3;

    /// <summary>The gateway cannot be reached.</summary>
    public const int Unreachable = 4;
}

/// <summary>Ends the command with one sentence on standard error and this exit code.</summary>
public sealed class CommandFailedException(string sentence, int exitCode) : Exception(sentence)
{
    public int ExitCode { get; } = exitCode;

    /// <summary>Whether the same call may succeed soon: a process of the stack is being started again.</summary>
    public bool MayPass { get; init; }
}
