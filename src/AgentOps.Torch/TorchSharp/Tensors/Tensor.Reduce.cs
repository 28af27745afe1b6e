using AgentOps.Torch.Interop;

namespace TorchSharp;

public static unsafe partial class torch
{
    public partial class Tensor
    {
        public Tensor sum(ScalarType? type = null) => Calls.Reduce(&Native.op_sum, this, [], false, Calls.Type(type));

        // Exact in its argument, so that the literal 0 is a dimension and not the first element type.
        public Tensor sum(int dim) => sum([dim], false);

        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) => sum([dim], keepdim, type);

        public Tensor sum(ReadOnlySpan<long> dim, bool keepdim = false, ScalarType? type = null) =>
            Calls.Reduce(&Native.op_sum, this, dim, keepdim, Calls.Type(type));

        public Tensor mean() => mean([]);

        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null) =>
            Calls.Reduce(&Native.op_mean, this, dimensions, keepdim, Calls.Type(type));

        public Tensor std(bool unbiased = true) => Calls.Reduce(&Native.op_std, this, [], unbiased, 0);

        public Tensor std(long dim, bool unbiased = true, bool keepdim = false) =>
            Calls.Reduce(&Native.op_std, this, [dim], unbiased, keepdim ? 1 : 0);

        public Tensor var(bool unbiased = true) => Calls.Reduce(&Native.op_var, this, [], unbiased, 0);

        public Tensor var(long dim, bool unbiased = true, bool keepdim = false) =>
            Calls.Reduce(&Native.op_var, this, [dim], unbiased, keepdim ? 1 : 0);

        public Tensor max() => Calls.One(&Native.op_max, this);

        public Tensor min() => Calls.One(&Native.op_min, this);

        public Tensor all() => Calls.One(&Native.op_all, this);

        public Tensor any() => Calls.One(&Native.op_any, this);

        public (Tensor values, Tensor indices) max(long dim, bool keepdim = false)
        {
            nint values, indices;
            Native.Check(Native.op_max_dim(Handle, dim, keepdim ? 1 : 0, &values, &indices));
            return Calls.Pair(values, indices, this);
        }

        public (Tensor values, Tensor indices) min(long dim, bool keepdim = false)
        {
            nint values, indices;
            Native.Check(Native.op_min_dim(Handle, dim, keepdim ? 1 : 0, &values, &indices));
            return Calls.Pair(values, indices, this);
        }

        public (Tensor values, Tensor indices) topk(int k, int dim = -1, bool largest = true, bool sorted = true)
        {
            nint values, indices;
            Native.Check(Native.op_topk(Handle, k, dim, largest ? 1 : 0, sorted ? 1 : 0, &values, &indices));
            return Calls.Pair(values, indices, this);
        }

        public (Tensor Values, Tensor Indices) sort(long dim = -1, bool descending = false, bool stable = false)
        {
            nint values, indices;
            Native.Check(Native.op_sort(Handle, dim, descending ? 1 : 0, stable ? 1 : 0, &values, &indices));
            return Calls.Pair(values, indices, this);
        }

        public Tensor argmax() => Calls.Long(&Native.op_argmax, this, Native.Absent, 0);

        public Tensor argmax(long dim, bool keepdim = false) => Calls.Long(&Native.op_argmax, this, dim, keepdim ? 1 : 0);

        public Tensor cumsum(long dim, ScalarType? type = null) => Calls.Long(&Native.op_cumsum, this, dim, Calls.Type(type));

        public Tensor logsumexp(long dim, bool keepdim = false) => Calls.Long(&Native.op_logsumexp, this, dim, keepdim ? 1 : 0);

        public Tensor softmax(long dim, ScalarType? dtype = null) => Calls.Long(&Native.op_softmax, this, dim, Calls.Type(dtype));

        public Tensor log_softmax(long dim, ScalarType? dtype = null) => Calls.Long(&Native.op_log_softmax, this, dim, Calls.Type(dtype));

        public Tensor norm(float p = 2f)
        {
            nint result;
            Native.Check(Native.op_norm(Handle, p, &result));
            GC.KeepAlive(this);
            return new(result);
        }

        public Tensor multinomial(long num_samples, bool replacement = false, Generator? generator = null)
        {
            nint result;
            Native.Check(Native.random_multinomial(Handle, num_samples, replacement ? 1 : 0, generator?.Handle ?? 0, &result));
            GC.KeepAlive(this);
            GC.KeepAlive(generator);
            return new(result);
        }

        public Tensor matmul(Tensor target) => Calls.Two(&Native.op_matmul, this, target);

        public Tensor mm(Tensor target) => Calls.Two(&Native.op_mm, this, target);

        public Tensor bmm(Tensor batch2) => Calls.Two(&Native.op_bmm, this, batch2);

        public Tensor outer(Tensor vec2) => Calls.Two(&Native.op_outer, this, vec2);

        public bool allclose(Tensor target, double rtol = 1e-05, double atol = 1e-08, bool equal_nan = false)
        {
            long result;
            Native.Check(Native.op_allclose(Handle, target.Handle, rtol, atol, equal_nan ? 1 : 0, &result));
            GC.KeepAlive(this);
            GC.KeepAlive(target);
            return result != 0;
        }

        /// <summary>Whether both have one shape and the same elements.</summary>
        public bool equal(Tensor target)
        {
            long result;
            Native.Check(Native.op_equal(Handle, target.Handle, &result));
            GC.KeepAlive(this);
            GC.KeepAlive(target);
            return result != 0;
        }
    }
}
