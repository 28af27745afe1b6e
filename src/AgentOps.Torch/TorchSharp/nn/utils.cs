using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>What is done to gradients between backward and step.</summary>
        public static class utils
        {
            /// <summary>Scales all gradients so that their joint 2-norm is at most max_norm; the norm before is the result.</summary>
            /// <exception cref="NotSupportedException">Another norm than 2 is asked for.</exception>
            public static double clip_grad_norm_(IEnumerable<Parameter> tensors, double max_norm, double norm_type = 2)
            {
                if (norm_type != 2)
                {
                    throw new NotSupportedException($"gradients are clipped by their 2-norm, not their {norm_type}-norm");
                }

                return Modules.Gradients.ClipNorm([.. tensors], max_norm);
            }

            /// <summary>Clamps every gradient element to [-clip_value, clip_value].</summary>
            public static void clip_grad_value_(IEnumerable<Parameter> tensors, double clip_value)
            {
                using var scope = NewDisposeScope();
                foreach (var tensor in tensors)
                {
                    if (tensor.grad is { } grad)
                    {
                        grad.copy_(grad.clamp(-clip_value, clip_value));
                    }
                }
            }
        }
    }
}
