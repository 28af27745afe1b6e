using System.Text;
using AgentOps.Torch.Interop;
using static TorchSharp.torch;

namespace AgentOps.Torch;

/// <summary>The processes of one training on this machine, which do the same calls in the same order: torch's c10d with Gloo over loopback. Not thread-safe.</summary>
public sealed unsafe class ProcessGroup : IDisposable
{
    private static readonly TimeSpan Meeting = TimeSpan.FromMinutes(2);

    // A process may wait for another that saves its state; one that ends is noticed at once.
    private static readonly TimeSpan Patience = TimeSpan.FromHours(1);

    private nint _handle;

    private ProcessGroup(nint handle, int rank, int size) => (_handle, Rank, Size) = (handle, rank, size);

    /// <summary>Of this process, from 0 on.</summary>
    public int Rank { get; }

    public int Size { get; }

    /// <summary>Returns when all processes have come.</summary>
    /// <param name="file">Where they find each other: a path in a folder of their own, where nothing is yet.</param>
    /// <exception cref="TorchException">They did not come within two minutes, or this libtorch has no Gloo.</exception>
    public static ProcessGroup Open(string file, int rank, int size)
    {
        nint handle;
        fixed (byte* path = Encoding.UTF8.GetBytes(file + '\0'))
        {
            Native.Check(Native.group_open(path, rank, size, (long)Meeting.TotalSeconds, (long)Patience.TotalSeconds, &handle));
        }

        return new(handle, rank, size);
    }

    /// <summary>Makes each tensor its sum over all processes, in an order that only their number decides.</summary>
    /// <param name="tensors">Of one type, on the CPU, of the same shapes in every process.</param>
    /// <exception cref="TorchException">A process has ended.</exception>
    public void Sum(params ReadOnlySpan<Tensor> tensors)
    {
        ObjectDisposedException.ThrowIf(_handle == 0, this);
        var handles = new nint[tensors.Length];
        for (var i = 0; i < handles.Length; i++)
        {
            handles[i] = tensors[i].Handle;
        }

        fixed (nint* first = handles)
        {
            Native.Check(Native.group_sum(_handle, first, handles.Length));
        }

        foreach (var tensor in tensors)
        {
            GC.KeepAlive(tensor);
        }
    }

    public void Dispose()
    {
        var handle = Interlocked.Exchange(ref _handle, 0);
        if (handle != 0)
        {
            Native.Check(Native.group_close(handle));
        }
    }
}
