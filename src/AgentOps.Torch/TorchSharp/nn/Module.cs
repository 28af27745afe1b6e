using System.Reflection;
using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>A network or a part of one: named parameters, buffers and sub-modules.</summary>
        public abstract partial class Module : IDisposable
        {
            private readonly List<(string Name, Parameter Value)> ownParameters = [];
            private readonly List<(string Name, Tensor Value, bool Persistent)> ownBuffers = [];
            private readonly List<(string Name, Module Value)> ownModules = [];
            private readonly string name;

            protected Module(string name) => this.name = name;

            public bool training { get; private set; } = true;

            public virtual string GetName() => name;

            public void train(bool train = true)
            {
                foreach (var module in modules())
                {
                    module.training = train;
                }
            }

            public void eval() => train(false);

            public Module apply(Action<Module> fn)
            {
                foreach (var (_, child) in ownModules)
                {
                    child.apply(fn);
                }

                fn(this);
                return this;
            }

            public void zero_grad(bool set_to_none = true)
            {
                foreach (var parameter in parameters())
                {
                    Gradients.Clear(parameter, set_to_none);
                }
            }

            public void register_parameter(string name, Parameter? param)
            {
                if (param is not null)
                {
                    Unique(name);
                    ownParameters.Add((name, param));
                    param.DetachFromDisposeScope();
                }
            }

            public void register_buffer(string name, Tensor tensor, bool persistent = true)
            {
                Unique(name);
                ownBuffers.Add((name, tensor, persistent));
                tensor.DetachFromDisposeScope();
            }

            public void register_module(string name, Module submodule)
            {
                if (ReferenceEquals(submodule, this))
                {
                    throw new ArgumentException($"the module {GetName()} cannot be a part of itself");
                }

                Unique(name);
                ownModules.Add((name, submodule));
            }

            public void add_module(string name, Module submodule) => register_module(name, submodule);

            /// <summary>Registers every field that is a parameter, a tensor or a module under the field's name.</summary>
            protected virtual void RegisterComponents()
            {
                foreach (var field in Fields(GetType()))
                {
                    var key = ComponentName(field);
                    switch (field.GetValue(this))
                    {
                        case Parameter parameter when !ownParameters.Any(known => known.Name == key):
                            register_parameter(key, parameter);
                            break;
                        case Module module when !ownModules.Any(known => known.Name == key):
                            register_module(key, module);
                            break;
                        case Tensor tensor and not Modules.Parameter when !ownBuffers.Any(known => known.Name == key):
                            register_buffer(key, tensor);
                            break;
                        default:
                            break;
                    }
                }
            }

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
                foreach (var (_, parameter) in ownParameters)
                {
                    parameter.Dispose();
                }

                foreach (var (_, buffer, _) in ownBuffers)
                {
                    buffer.Dispose();
                }

                foreach (var (_, module) in ownModules)
                {
                    module.Dispose();
                }
            }

            /// <summary>The fields of the type and what it derives from, up to this class, in order of declaration.</summary>
            private static IEnumerable<FieldInfo> Fields(Type type)
            {
                const BindingFlags Own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
                var inherited = type.BaseType is { } parent && parent != typeof(Module) ? Fields(parent) : [];
                return inherited.Concat(type.GetFields(Own).OrderBy(field => field.MetadataToken));
            }

            private static string ComponentName(FieldInfo field)
            {
                if (field.GetCustomAttribute<ComponentNameAttribute>() is { } given)
                {
                    return given.Name;
                }

                var end = field.Name.IndexOf('>', StringComparison.Ordinal);
                return field.Name.StartsWith('<') && end > 0 ? field.Name[1..end] : field.Name;
            }

            private void Unique(string name)
            {
                var taken = ownParameters.Any(known => known.Name == name) || ownBuffers.Any(known => known.Name == name) || ownModules.Any(known => known.Name == name);
                if (taken || name.Length == 0 || name.Contains('.', StringComparison.Ordinal))
                {
                    throw new ArgumentException($"\"{name}\" cannot name a part of {GetName()}: a name is given once, is not empty and has no dot");
                }
            }
        }
    }
}

/// <summary>Names a field's component in a module's state other than by the field.</summary>
[AttributeUsage(AttributeTargets.Field)]
public sealed class ComponentNameAttribute : Attribute
{
    public string Name { get; set; } = "";
}
