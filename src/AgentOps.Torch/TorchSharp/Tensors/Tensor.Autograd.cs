using AgentOps.Torch.Interop;

namespace TorchSharp;

public static unsafe partial class torch
{
    public partial class Tensor
    {
        public bool requires_grad
        {
            get
            {
                long result;
                Native.Check(Native.grad_is_required(Handle, &result));
                GC.KeepAlive(this);
                return result != 0;
            }
            set
            {
                Native.Check(Native.grad_require(Handle, value ? 1 : 0));
                GC.KeepAlive(this);
            }
        }

        public bool is_leaf
        {
            get
            {
                long result;
                Native.Check(Native.grad_is_leaf(Handle, &result));
                GC.KeepAlive(this);
                return result != 0;
            }
        }

        /// <summary>The gradient gathered so far, or null; each read is a handle of its own.</summary>
        public Tensor? grad
        {
            get
            {
                nint result;
                Native.Check(Native.grad_get(Handle, &result));
                GC.KeepAlive(this);
                return result == 0 ? null : new(result);
            }
            set
            {
                Native.Check(Native.grad_set(Handle, value?.Handle ?? 0));
                GC.KeepAlive(this);
                GC.KeepAlive(value);
            }
        }

        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        public Tensor with_requires_grad(bool requires_grad = true) => requires_grad_(requires_grad);

        public void retain_grad()
        {
            Native.Check(Native.grad_retain(Handle));
            GC.KeepAlive(this);
        }

        public Tensor detach() => Calls.One(&Native.grad_detach, this);

        public Tensor detach_()
        {
            Native.Check(Native.grad_detach_(Handle));
            return this;
        }

        public void backward() => backward(null);

        /// <summary>Adds this tensor's gradients to every leaf, or to the inputs alone.</summary>
        public void backward(IList<Tensor>? grad_tensors = null, bool retain_graph = false, bool create_graph = false, IList<Tensor>? inputs = null) =>
            autograd.backward([this], grad_tensors, retain_graph || create_graph, create_graph, inputs);
    }

    /// <summary>Gradients of several tensors at once.</summary>
    public static class autograd
    {
        public static void backward(
            IList<Tensor> tensors, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null)
        {
            RequireOnePerRoot(tensors, grad_tensors);
            var roots = Calls.Handles([.. tensors]);
            var gradients = grad_tensors is null ? null : Calls.Handles([.. grad_tensors]);
            var leaves = Calls.Handles([.. inputs ?? []]);
            fixed (nint* first = roots, second = gradients, third = leaves)
            {
                Native.Check(Native.grad_backward(
                    first, roots.Length, second, retain_graph ?? create_graph ? 1 : 0, create_graph ? 1 : 0, third, leaves.Length));
            }

            GC.KeepAlive(tensors);
            GC.KeepAlive(grad_tensors);
            GC.KeepAlive(inputs);
        }

        /// <summary>The gradients with respect to the inputs, gathered nowhere else; null for an unused one if that is allowed.</summary>
        public static IList<Tensor> grad(
            IList<Tensor> outputs, IList<Tensor> inputs, IList<Tensor>? grad_outputs = null,
            bool retain_graph = false, bool create_graph = false, bool allow_unused = false)
        {
            RequireOnePerRoot(outputs, grad_outputs);
            var roots = Calls.Handles([.. outputs]);
            var gradients = grad_outputs is null ? null : Calls.Handles([.. grad_outputs]);
            var leaves = Calls.Handles([.. inputs]);
            var results = new nint[leaves.Length];
            fixed (nint* first = roots, second = gradients, third = leaves, fourth = results)
            {
                Native.Check(Native.grad_of(
                    first, roots.Length, third, leaves.Length, second,
                    retain_graph || create_graph ? 1 : 0, create_graph ? 1 : 0, allow_unused ? 1 : 0, fourth));
            }

            GC.KeepAlive(outputs);
            GC.KeepAlive(inputs);
            GC.KeepAlive(grad_outputs);
            return [.. results.Select(result => result == 0 ? null! : new Tensor(result))];
        }

        private static void RequireOnePerRoot(IList<Tensor> roots, IList<Tensor>? gradients)
        {
            if (gradients is not null && gradients.Count != roots.Count)
            {
                throw new ArgumentException($"there are {roots.Count} tensors and {gradients.Count} gradients; give one for each");
            }
        }
    }
}
