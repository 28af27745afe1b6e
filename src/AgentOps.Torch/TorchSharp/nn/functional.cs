using AgentOps.Torch.Interop;

namespace TorchSharp;

public static unsafe partial class torch
{
    /// <summary>Layers, losses and what networks are built of.</summary>
    public static partial class nn
    {
        /// <summary>How a loss over many elements becomes one number.</summary>
        public enum Reduction
        {
            None = 0,
            Mean = 1,
            Sum = 2,
        }

        /// <summary>Layers and losses as functions.</summary>
        public static partial class functional
        {
            /// <summary>input [..., in] times weights [out, in] transposed, plus bias [out].</summary>
            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null)
            {
                nint result;
                Native.Check(Native.nn_linear(input.Handle, weights.Handle, bias?.Handle ?? 0, &result));
                GC.KeepAlive(input);
                GC.KeepAlive(weights);
                GC.KeepAlive(bias);
                return new(result);
            }

            /// <summary>Rows of weight [rows, width] by int64 number; backward adds in a fixed order.</summary>
            public static Tensor embedding(Tensor x, Tensor weight) => Calls.Two(&Native.nn_embedding, x, weight);

            public static Tensor silu(Tensor x, bool inplace = false) => inplace ? x.copy_(x.silu()) : x.silu();

            public static Tensor relu(Tensor x) => x.relu();

            public static Tensor gelu(Tensor x) => x.gelu();

            public static Tensor softplus(Tensor x) => Calls.One(&Native.op_softplus, x);

            /// <summary>log(sigmoid(x)), without overflow.</summary>
            public static Tensor logsigmoid(Tensor x) => Calls.One(&Native.op_log_sigmoid, x);

            public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => input.softmax(dim, dtype);

            public static Tensor log_softmax(Tensor x, long dim) => x.log_softmax(dim);

            /// <summary>Zeroes elements with probability p and scales the others by 1/(1-p); random numbers come from the generator.</summary>
            public static Tensor dropout(Tensor input, double p = 0.5, bool training = true, bool inplace = false, Generator? generator = null)
            {
                ArgumentOutOfRangeException.ThrowIfNegative(p);
                ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(p, 1);
                if (!training || p == 0)
                {
                    return input.alias();
                }

                using var keep = empty_like(input).bernoulli_(1 - p, generator).div_(1 - p);
                return inplace ? input.mul_(keep) : input.mul(keep);
            }

            /// <summary>input [N, C] against class numbers [N]; natural logarithm.</summary>
            public static Tensor cross_entropy(
                Tensor input, Tensor target, Tensor? weight = null, long ignore_index = -100,
                Reduction reduction = Reduction.Mean, double label_smoothing = 0)
            {
                nint result;
                Native.Check(Native.nn_cross_entropy(
                    input.Handle, target.Handle, weight?.Handle ?? 0, (long)reduction, ignore_index, label_smoothing, &result));
                GC.KeepAlive(input);
                GC.KeepAlive(target);
                GC.KeepAlive(weight);
                return new(result);
            }

            public static Tensor nll_loss(
                Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean, long ignore_index = -100)
            {
                nint result;
                Native.Check(Native.nn_nll_loss(input.Handle, target.Handle, weight?.Handle ?? 0, (long)reduction, ignore_index, &result));
                GC.KeepAlive(input);
                GC.KeepAlive(target);
                GC.KeepAlive(weight);
                return new(result);
            }

            public static Tensor mse_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean)
            {
                nint result;
                Native.Check(Native.nn_mse_loss(input.Handle, target.Handle, (long)reduction, &result));
                GC.KeepAlive(input);
                GC.KeepAlive(target);
                return new(result);
            }

            public static Tensor binary_cross_entropy_with_logits(Tensor input, Tensor target, Reduction reduction = Reduction.Mean)
            {
                nint result;
                Native.Check(Native.nn_binary_cross_entropy_with_logits(input.Handle, target.Handle, (long)reduction, &result));
                GC.KeepAlive(input);
                GC.KeepAlive(target);
                return new(result);
            }

            public static Tensor layer_norm(Tensor input, long[] normalized_shape, Tensor? weight = null, Tensor? bias = null, double eps = 1e-5)
            {
                nint result;
                fixed (long* shape = normalized_shape)
                {
                    Native.Check(Native.nn_layer_norm(
                        input.Handle, shape, normalized_shape.Length, weight?.Handle ?? 0, bias?.Handle ?? 0, eps, &result));
                }

                GC.KeepAlive(input);
                GC.KeepAlive(weight);
                GC.KeepAlive(bias);
                return new(result);
            }
        }
    }
}
