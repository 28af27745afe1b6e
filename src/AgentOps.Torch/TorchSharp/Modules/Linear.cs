using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    /// <summary>y = x weight^T + bias; weight [out, in].</summary>
    public sealed class Linear : nn.Module<Tensor, Tensor>
    {
        internal Linear(Parameter weight, Parameter? bias) : base(nameof(Linear))
        {
            (this.weight, this.bias) = (weight, bias);
            (out_features, in_features) = (weight.shape[0], weight.shape[1]);
            RegisterComponents();
        }

        public Parameter weight { get; }

        public Parameter? bias { get; }

        public long in_features { get; }

        public long out_features { get; }

        public override Tensor forward(Tensor input) => nn.functional.linear(input, weight, bias);
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            /// <summary>A linear layer whose weight and bias begin uniform within 1/sqrt(inputSize).</summary>
            public static Modules.Linear Linear(long inputSize, long outputSize, bool hasBias = true, Device? device = null, ScalarType? dtype = null)
            {
                using var scope = NewDisposeScope();
                var bound = 1 / Math.Sqrt(inputSize);
                var weight = new Modules.Parameter(empty([outputSize, inputSize], dtype, device).uniform_(-bound, bound));
                var bias = hasBias ? new Modules.Parameter(empty([outputSize], dtype, device).uniform_(-bound, bound)) : null;
                return new(weight, bias);
            }

            public static Modules.Linear Linear(Modules.Parameter weight, Modules.Parameter? bias = null) => new(weight, bias);

            public static Modules.Parameter Parameter(Tensor data, bool requires_grad = true) => new(data, requires_grad);
        }
    }
}
