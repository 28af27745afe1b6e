namespace AgentOps.Subjects;

/// <summary>A subject's data cannot be read or written: the sentence says why.</summary>
public sealed class SubjectUnreadableException(string subject, string message, Exception? cause = null) : Exception(message, cause)
{
    public string Subject { get; } = subject;
}
