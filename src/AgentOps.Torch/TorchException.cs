using System.Runtime.InteropServices;

namespace AgentOps.Torch;

/// <summary>libtorch refused a call; the message is libtorch's own.</summary>
public sealed class TorchException : ExternalException
{
    public TorchException(string message) : base(message) { }

    public TorchException(string message, Exception inner) : base(message, inner) { }

    public TorchException() { }
}
