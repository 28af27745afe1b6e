namespace Aspire.Hosting.ApplicationModel;

/// <summary>The application cannot be described, started or asked as it was; the message is one sentence for its user.</summary>
public sealed class DistributedApplicationException : Exception
{
    /// <summary>Says what was wrong, where, and what to do.</summary>
    public DistributedApplicationException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}
