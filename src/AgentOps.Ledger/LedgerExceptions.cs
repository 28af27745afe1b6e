namespace AgentOps.Ledger;

/// <summary>A stream was not at the version its write expected: load it again and decide anew.</summary>
public sealed class VersionConflictException(string stream, int version, string message) : Exception(message)
{
    public string Stream { get; } = stream;

    /// <summary>The version the stream is at.</summary>
    public int Version { get; } = version;
}

/// <summary>The ledger will never take this append, however often it is tried; the message says why.</summary>
public sealed class AppendRefusedException(string message) : Exception(message);

/// <summary>The ledger could not be reached in time. Whether the events are stored is unknown; appending the same ids again is safe.</summary>
public sealed class LedgerUnavailableException(string message, Exception? cause = null) : Exception(message, cause);
