using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Changing parameters by their gradients.</summary>
    public static partial class optim
    {
        /// <summary>A learning rate that a schedule may change between steps.</summary>
        public interface ILearningRateController
        {
            double LearningRate { get; set; }

            double InitialLearningRate { get; set; }
        }

        /// <summary>Changes its parameters by their gradients, one step at a time.</summary>
        public abstract class Optimizer : IDisposable
        {
            public abstract IEnumerable<ILearningRateController> ParamGroups { get; }

            public abstract IEnumerable<Parameter> parameters();

            public abstract Tensor? step(Func<Tensor>? closure = null);

            public virtual void zero_grad(bool set_to_none = true)
            {
                foreach (var parameter in parameters())
                {
                    Gradients.Clear(parameter, set_to_none);
                }
            }

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected abstract void Dispose(bool disposing);
        }

        public static AdamW AdamW(
            IEnumerable<Parameter> parameters, double lr = 0.001, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8,
            double weight_decay = 0, bool amsgrad = false, bool maximize = false) =>
            new([new AdamW.ParamGroup(parameters, new AdamW.Options(lr, beta1, beta2, eps, weight_decay, amsgrad, maximize))]);

        public static AdamW AdamW(
            IEnumerable<(string name, Parameter parameter)> parameters, double lr = 0.001, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8,
            double weight_decay = 0, bool amsgrad = false, bool maximize = false) =>
            AdamW(parameters.Select(named => named.parameter), lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);

        public static AdamW AdamW(IEnumerable<AdamW.ParamGroup> parameters) => new(parameters);
    }
}
