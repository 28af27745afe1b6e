using AgentOps.Torch.Interop;

namespace AgentOps.Torch;

/// <summary>What is alive on the native side: handles held by managed code, and bytes of CPU storage, graphs included.</summary>
public readonly record struct LiveMemory(long Tensors, long Bytes)
{
    /// <summary>Counts now, without collecting garbage first.</summary>
    public static unsafe LiveMemory Now()
    {
        long tensors, bytes;
        Native.Check(Native.shim_live(&tensors, &bytes));
        return new(tensors, bytes);
    }

    /// <summary>The most bytes that were alive at once since the last call.</summary>
    public static unsafe long PeakBytes()
    {
        long bytes;
        Native.Check(Native.shim_peak(&bytes));
        return bytes;
    }
}
