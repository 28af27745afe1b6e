using AgentOps.Torch.Interop;

namespace TorchSharp;

public static unsafe partial class torch
{
    /// <summary>Until disposed, this thread records no gradients.</summary>
    public static IDisposable no_grad() => new GradMode(false);

    public static IDisposable enable_grad(bool enabled = true) => new GradMode(enabled);

    public static IDisposable set_grad_enabled(bool mode = true) => new GradMode(mode);

    /// <summary>Like <see cref="no_grad"/> and faster; tensors made meanwhile can never take part in a graph.</summary>
    public static IDisposable inference_mode(bool mode = true) => new InferenceMode(mode);

    public static bool is_grad_enabled()
    {
        long enabled;
        Native.Check(Native.grad_mode_get(&enabled));
        return enabled != 0;
    }

    private sealed class GradMode : IDisposable
    {
        private readonly bool before = is_grad_enabled();

        internal GradMode(bool enabled) => Native.Check(Native.grad_mode_set(enabled ? 1 : 0));

        public void Dispose() => Native.Check(Native.grad_mode_set(before ? 1 : 0));
    }

    private sealed class InferenceMode : IDisposable
    {
        private nint handle;

        internal InferenceMode(bool enabled)
        {
            nint mode;
            Native.Check(Native.inference_mode_enter(enabled ? 1 : 0, &mode));
            handle = mode;
        }

        public void Dispose()
        {
            var mode = Interlocked.Exchange(ref handle, 0);
            if (mode != 0)
            {
                Native.Check(Native.inference_mode_leave(mode));
            }
        }
    }
}
