namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>First values of weights.</summary>
        public static class init
        {
            /// <summary>Which side of a weight [out, in] counts.</summary>
            public enum FanInOut
            {
                FanIn,
                FanOut,
            }

            /// <summary>What follows the layer.</summary>
            public enum NonlinearityType
            {
                Linear,
                ReLU,
                LeakyReLU,
                Tanh,
            }

            public static Tensor normal_(Tensor tensor, double mean = 0, double std = 1, Generator? generator = null) =>
                Quiet(() => tensor.normal_(mean, std, generator));

            public static Tensor uniform_(Tensor tensor, double low = 0, double high = 1, Generator? generator = null) =>
                Quiet(() => tensor.uniform_(low, high, generator));

            public static Tensor zeros_(Tensor tensor) => Quiet(tensor.zero_);

            public static Tensor ones_(Tensor tensor) => constant_(tensor, 1);

            public static Tensor constant_(Tensor tensor, Scalar val) => Quiet(() => tensor.fill_(val));

            public static Tensor kaiming_uniform_(
                Tensor tensor, double a = 0, FanInOut mode = FanInOut.FanIn,
                NonlinearityType nonlinearity = NonlinearityType.LeakyReLU, Generator? generator = null)
            {
                var (fanIn, fanOut) = Fans(tensor);
                var bound = Gain(nonlinearity, a) * Math.Sqrt(3.0 / (mode == FanInOut.FanIn ? fanIn : fanOut));
                return uniform_(tensor, -bound, bound, generator);
            }

            public static Tensor xavier_uniform_(Tensor tensor, double gain = 1, Generator? generator = null)
            {
                var (fanIn, fanOut) = Fans(tensor);
                var bound = gain * Math.Sqrt(6.0 / (fanIn + fanOut));
                return uniform_(tensor, -bound, bound, generator);
            }

            private static double Gain(NonlinearityType nonlinearity, double slope) => nonlinearity switch
            {
                NonlinearityType.ReLU => Math.Sqrt(2),
                NonlinearityType.LeakyReLU => Math.Sqrt(2 / (1 + slope * slope)),
                NonlinearityType.Tanh => 5.0 / 3,
                _ => 1,
            };

            private static (long In, long Out) Fans(Tensor tensor)
            {
                var shape = tensor.shape;
                if (shape.Length < 2)
                {
                    throw new ArgumentException($"a fan needs a weight of at least two dimensions, this one has {shape.Length}");
                }

                var field = shape.Skip(2).Aggregate(1L, (product, size) => product * size);
                return (shape[1] * field, shape[0] * field);
            }

            private static Tensor Quiet(Func<Tensor> fill)
            {
                using var quiet = no_grad();
                return fill();
            }
        }
    }
}
