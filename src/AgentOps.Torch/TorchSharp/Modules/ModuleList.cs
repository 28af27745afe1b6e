using System.Collections;
using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    /// <summary>Modules in a row, each registered under its number.</summary>
    public sealed class ModuleList<T> : nn.Module, IReadOnlyList<T> where T : nn.Module
    {
        private readonly List<T> items = [];

        public ModuleList(params T[] modules) : base(nameof(ModuleList<T>)) => extend(modules);

        public int Count => items.Count;

        public T this[int index] => items[index];

        public void append(T module)
        {
            register_module($"{items.Count}", module);
            items.Add(module);
        }

        public void Add(T module) => append(module);

        public void extend(IEnumerable<T> modules)
        {
            foreach (var module in modules)
            {
                append(module);
            }
        }

        public IEnumerator<T> GetEnumerator() => items.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    /// <summary>Modules one after the other.</summary>
    public sealed class Sequential : nn.Module<Tensor, Tensor>
    {
        private readonly List<nn.Module<Tensor, Tensor>> items = [];

        internal Sequential(IEnumerable<(string name, nn.Module<Tensor, Tensor> module)> modules) : base(nameof(Sequential))
        {
            foreach (var (name, module) in modules)
            {
                register_module(name, module);
                items.Add(module);
            }
        }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            return items.Aggregate(input.alias(), (value, module) => module.call(value)).MoveToOuterDisposeScope();
        }
    }

    /// <summary>x sigmoid(x).</summary>
    public sealed class SiLU : nn.Module<Tensor, Tensor>
    {
        internal SiLU() : base(nameof(SiLU))
        {
        }

        public override Tensor forward(Tensor input) => input.silu();
    }

    /// <summary>max(x, 0).</summary>
    public sealed class ReLU : nn.Module<Tensor, Tensor>
    {
        internal ReLU() : base(nameof(ReLU))
        {
        }

        public override Tensor forward(Tensor input) => input.relu();
    }

    /// <summary>The hyperbolic tangent.</summary>
    public sealed class Tanh : nn.Module<Tensor, Tensor>
    {
        internal Tanh() : base(nameof(Tanh))
        {
        }

        public override Tensor forward(Tensor input) => input.tanh();
    }

    /// <summary>Zeroes elements at random while training.</summary>
    public sealed class Dropout : nn.Module<Tensor, Tensor>
    {
        private readonly double p;

        internal Dropout(double p) : base(nameof(Dropout)) => this.p = p;

        public override Tensor forward(Tensor input) => nn.functional.dropout(input, p, training);
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Modules.ModuleList<T> ModuleList<T>(params T[] modules) where T : Module => new(modules);

            public static Modules.Sequential Sequential(params Module<Tensor, Tensor>[] modules) =>
                new(modules.Select((module, index) => ($"{index}", module)));

            public static Modules.Sequential Sequential(params (string name, Module<Tensor, Tensor> submodule)[] modules) => new(modules);

            public static Modules.SiLU SiLU() => new();

            public static Modules.ReLU ReLU() => new();

            public static Modules.Tanh Tanh() => new();

            public static Modules.Dropout Dropout(double p = 0.5) => new(p);
        }
    }
}
