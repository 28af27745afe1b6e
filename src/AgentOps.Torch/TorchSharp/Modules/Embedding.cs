using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    /// <summary>Rows of weight [num_embeddings, embedding_dims] by number.</summary>
    public sealed class Embedding : nn.Module<Tensor, Tensor>
    {
        internal Embedding(Parameter weight) : base(nameof(Embedding))
        {
            this.weight = weight;
            RegisterComponents();
        }

        public Parameter weight { get; }

        public override Tensor forward(Tensor input) => nn.functional.embedding(input, weight);
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            /// <summary>An embedding whose weight begins normal(0, 1).</summary>
            public static Modules.Embedding Embedding(long num_embeddings, long embedding_dims, Device? device = null, ScalarType? dtype = null)
            {
                using var scope = NewDisposeScope();
                return new(new Modules.Parameter(randn([num_embeddings, embedding_dims], dtype, device)));
            }

            public static Modules.Embedding Embedding(Modules.Parameter weight) => new(weight);
        }
    }
}
