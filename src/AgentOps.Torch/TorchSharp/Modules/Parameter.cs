namespace TorchSharp.Modules;

/// <summary>A tensor that an optimiser changes; it belongs to its module and to no dispose scope.</summary>
public class Parameter : torch.Tensor
{
    /// <summary>Shares the data's storage and leaves its graph.</summary>
    public Parameter(torch.Tensor data, bool requires_grad = true) : base(Detached(data), scoped: false) =>
        this.requires_grad = requires_grad;

    private static unsafe nint Detached(torch.Tensor data)
    {
        nint result;
        AgentOps.Torch.Interop.Native.Check(AgentOps.Torch.Interop.Native.grad_detach(data.Handle, &result));
        GC.KeepAlive(data);
        return result;
    }
}
