using AgentOps.Torch.Interop;

namespace TorchSharp;

public static unsafe partial class torch
{
    public partial class Tensor
    {
        public Tensor add_(Tensor target) => add_(target, 1);

        public Tensor add_(Tensor target, Scalar alpha) => Calls.InPlace(&Native.op_add_, this, target, alpha);

        public Tensor add_(Scalar scalar) => Calls.InPlace(&Native.op_add_number_, this, scalar);

        public Tensor sub_(Tensor target) => sub_(target, 1);

        public Tensor sub_(Tensor target, Scalar alpha) => Calls.InPlace(&Native.op_sub_, this, target, alpha);

        public Tensor sub_(Scalar scalar) => Calls.InPlace(&Native.op_sub_number_, this, scalar);

        public Tensor mul_(Tensor target) => Calls.InPlace(&Native.op_mul_, this, target);

        public Tensor mul_(Scalar scalar) => Calls.InPlace(&Native.op_mul_number_, this, scalar);

        public Tensor div_(Tensor target) => Calls.InPlace(&Native.op_div_, this, target);

        public Tensor div_(Scalar scalar) => Calls.InPlace(&Native.op_div_number_, this, scalar);

        public Tensor fill_(Scalar value) => Calls.InPlace(&Native.op_fill_, this, value);

        public Tensor masked_fill_(Tensor mask, Scalar value) => Calls.InPlace(&Native.op_masked_fill_, this, mask, value);

        public Tensor scatter_(long dim, Tensor index, Tensor src) => Calls.InPlace(&Native.op_scatter_, this, dim, index, src);

        public Tensor scatter_add_(long dim, Tensor index, Tensor src) => Calls.InPlace(&Native.op_scatter_add_, this, dim, index, src);

        public Tensor index_add_(long dim, Tensor index, Tensor source) => Calls.InPlace(&Native.op_index_add_, this, dim, index, source);

        public Tensor index_copy_(long dim, Tensor index, Tensor source) => Calls.InPlace(&Native.op_index_copy_, this, dim, index, source);

        public Tensor zero_()
        {
            Native.Check(Native.op_zero_(Handle));
            return this;
        }

        public Tensor copy_(Tensor source, bool nonBlocking = false)
        {
            Native.Check(Native.tensor_copy_(Handle, source.Handle, nonBlocking ? 1 : 0));
            GC.KeepAlive(source);
            return this;
        }

        public Tensor normal_(double mean = 0, double std = 1, Generator? generator = null)
        {
            Native.Check(Native.random_normal_(Handle, mean, std, generator?.Handle ?? 0));
            GC.KeepAlive(generator);
            return this;
        }

        public Tensor uniform_(double from, double to, Generator? generator = null)
        {
            Native.Check(Native.random_uniform_(Handle, from, to, generator?.Handle ?? 0));
            GC.KeepAlive(generator);
            return this;
        }

        public Tensor bernoulli_(double p = 0.5, Generator? generator = null)
        {
            Native.Check(Native.random_bernoulli_(Handle, p, generator?.Handle ?? 0));
            GC.KeepAlive(generator);
            return this;
        }
    }
}
