using AgentOps.Torch.Interop;

namespace TorchSharp.Modules;

/// <summary>What is done to many gradients in one native call.</summary>
internal static unsafe class Gradients
{
    internal static double ClipNorm(Parameter[] parameters, double maximum)
    {
        double norm;
        fixed (nint* handles = torch.Calls.Handles(parameters))
        {
            Native.Check(Native.optim_clip_norm(handles, parameters.Length, maximum, &norm));
        }

        GC.KeepAlive(parameters);
        return norm;
    }

    internal static void Clear(Parameter parameter, bool toNone)
    {
        Native.Check(Native.optim_clear(parameter.Handle, toNone ? 1 : 0));
        GC.KeepAlive(parameter);
    }
}
