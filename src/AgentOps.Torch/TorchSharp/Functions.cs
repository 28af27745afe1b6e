using System.Text;
using AgentOps.Torch.Interop;

namespace TorchSharp;

public static unsafe partial class torch
{
    public static Tensor cat(IReadOnlyList<Tensor> tensors, long dim = 0) => Joined(&Native.op_cat, tensors, dim);

    public static Tensor stack(IEnumerable<Tensor> tensors, long dim = 0) => Joined(&Native.op_stack, [.. tensors], dim);

    public static Tensor where(Tensor condition, Tensor x, Tensor y)
    {
        nint result;
        Native.Check(Native.op_where(condition.Handle, x.Handle, y.Handle, &result));
        GC.KeepAlive(condition);
        GC.KeepAlive(x);
        GC.KeepAlive(y);
        return new(result);
    }

    /// <summary>Einstein's summation, for example <c>bij,bjk->bik</c>.</summary>
    public static Tensor einsum(string equation, params Tensor[] tensors)
    {
        nint result;
        fixed (byte* text = Encoding.UTF8.GetBytes(equation + '\0'))
        fixed (nint* handles = Calls.Handles(tensors))
        {
            Native.Check(Native.op_einsum(text, handles, tensors.Length, &result));
        }

        GC.KeepAlive(tensors);
        return new(result);
    }

    public static Tensor matmul(Tensor input, Tensor target) => input.matmul(target);

    public static Tensor mm(Tensor input, Tensor target) => input.mm(target);

    public static Tensor bmm(Tensor input, Tensor batch2) => input.bmm(batch2);

    public static Tensor outer(Tensor input, Tensor vec2) => input.outer(vec2);

    public static Tensor softmax(Tensor input, int dim, ScalarType? dtype = null) => input.softmax(dim, dtype);

    public static Tensor log_softmax(Tensor input, int dim, ScalarType? dtype = null) => input.log_softmax(dim, dtype);

    public static Tensor logsumexp(Tensor input, long dim, bool keepdim = false) => input.logsumexp(dim, keepdim);

    public static Tensor pow(Tensor left, Tensor exponent) => left.pow(exponent);

    public static Tensor pow(Tensor left, Scalar exponent) => left.pow(exponent);

    public static Tensor rsqrt(Tensor input) => input.rsqrt();

    public static Tensor sqrt(Tensor input) => input.sqrt();

    public static Tensor square(Tensor input) => input.square();

    public static Tensor exp(Tensor input) => input.exp();

    public static Tensor log(Tensor input) => input.log();

    public static Tensor abs(Tensor input) => input.abs();

    public static Tensor sin(Tensor input) => input.sin();

    public static Tensor cos(Tensor input) => input.cos();

    public static Tensor tanh(Tensor input) => input.tanh();

    public static Tensor sigmoid(Tensor input) => input.sigmoid();

    public static Tensor minimum(Tensor input, Tensor other) => input.minimum(other);

    public static Tensor maximum(Tensor input, Tensor other) => input.maximum(other);

    public static Tensor min(Tensor input) => input.min();

    public static Tensor max(Tensor input) => input.max();

    public static Tensor clamp(Tensor input, Scalar? min = null, Scalar? max = null) => input.clamp(min, max);

    public static Tensor triu(Tensor input, long diagonal = 0) => input.triu(diagonal);

    public static Tensor tril(Tensor input, long diagonal = 0) => input.tril(diagonal);

    public static Tensor gather(Tensor input, long dim, Tensor index) => input.gather(dim, index);

    public static Tensor index_select(Tensor input, long dim, Tensor index) => input.index_select(dim, index);

    public static Tensor masked_select(Tensor input, Tensor mask) => input.masked_select(mask);

    public static Tensor nonzero(Tensor input) => input.nonzero();

    public static (Tensor values, Tensor indices) topk(Tensor tensor, int k, int dim = -1, bool largest = true, bool sorted = true) =>
        tensor.topk(k, dim, largest, sorted);

    public static Tensor argmax(Tensor input) => input.argmax();

    public static Tensor argmax(Tensor input, long dim, bool keepdim = false) => input.argmax(dim, keepdim);

    public static Tensor multinomial(Tensor input, long num_samples, bool replacement = false, Generator? generator = null) =>
        input.multinomial(num_samples, replacement, generator);

    public static Tensor mean(Tensor input) => input.mean();

    public static Tensor mean(Tensor input, long[] dimensions, bool keepdim = false, ScalarType? type = null) => input.mean(dimensions, keepdim, type);

    public static Tensor sum(Tensor input, ScalarType? type = null) => input.sum(type);

    public static Tensor sum(Tensor input, ReadOnlySpan<long> dim, bool keepdim = false, ScalarType? type = null) => input.sum(dim, keepdim, type);

    public static Tensor cumsum(Tensor input, long dim, ScalarType? type = null) => input.cumsum(dim, type);

    public static Tensor isfinite(Tensor input) => input.isfinite();

    public static bool allclose(Tensor target, Tensor other, double rtol = 1e-05, double atol = 1e-08, bool equal_nan = false) =>
        target.allclose(other, rtol, atol, equal_nan);

    private static Tensor Joined(delegate*<nint*, long, long, nint*, int> call, IReadOnlyList<Tensor> tensors, long dim)
    {
        nint result;
        fixed (nint* handles = Calls.Handles(tensors))
        {
            Native.Check(call(handles, tensors.Count, dim, &result));
        }

        GC.KeepAlive(tensors);
        return new(result);
    }
}
