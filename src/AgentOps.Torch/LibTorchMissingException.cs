namespace AgentOps.Torch;

/// <summary>The native library cannot be built or loaded on this machine; the message says what to install.</summary>
public sealed class LibTorchMissingException : Exception
{
    public LibTorchMissingException(string message) : base(message) { }

    public LibTorchMissingException(string message, Exception inner) : base(message, inner) { }

    public LibTorchMissingException() { }
}
