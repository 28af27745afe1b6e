namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>softmax(query key^T / sqrt(d) + mask) value over the last two dimensions; a Boolean mask is true where to look.</summary>
            public static Tensor scaled_dot_product_attention(
                Tensor query, Tensor key, Tensor value, Tensor? attn_mask = null, double p = 0, bool is_casual = false)
            {
                using var scope = NewDisposeScope();
                var scores = query.matmul(key.transpose(-2, -1)).mul(1 / Math.Sqrt(query.size(-1)));
                if (is_casual)
                {
                    var later = ones([query.size(-2), key.size(-2)], dtype: ScalarType.Bool, device: query.device).triu(1);
                    scores = scores.masked_fill(later, double.NegativeInfinity);
                }

                if (attn_mask is not null)
                {
                    scores = attn_mask.dtype == ScalarType.Bool
                        ? scores.masked_fill(attn_mask.logical_not(), double.NegativeInfinity)
                        : scores.add(attn_mask);
                }

                return dropout(scores.softmax(-1), p).matmul(value).MoveToOuterDisposeScope();
            }
        }
    }
}
