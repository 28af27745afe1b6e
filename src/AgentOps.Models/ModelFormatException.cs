namespace AgentOps.Models;

/// <summary>A model's file is malformed, or asks for something that is not supported here; the message says which file, what and what to do.</summary>
public sealed class ModelFormatException : IOException
{
    public ModelFormatException(string message) : base(message) { }

    public ModelFormatException(string message, Exception inner) : base(message, inner) { }
}
