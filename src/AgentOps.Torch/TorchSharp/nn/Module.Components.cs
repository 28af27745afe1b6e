using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public abstract partial class Module
        {
            public virtual IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true)
            {
                var seen = new HashSet<Parameter>(ReferenceEqualityComparer.Instance);
                return Walk(recurse)
                    .SelectMany(part => part.Module.ownParameters.Select(own => (part.Prefix + own.Name, own.Value)))
                    .Where(found => seen.Add(found.Value));
            }

            public virtual IEnumerable<Parameter> parameters(bool recurse = true) => named_parameters(recurse).Select(found => found.parameter);

            public virtual IEnumerable<(string name, Tensor buffer)> named_buffers(bool recurse = true, bool include_nonpersistent = true) =>
                Walk(recurse).SelectMany(part => part.Module.ownBuffers
                    .Where(own => own.Persistent || include_nonpersistent)
                    .Select(own => (part.Prefix + own.Name, own.Value)));

            public virtual IEnumerable<Tensor> buffers(bool recurse = true) => named_buffers(recurse).Select(found => found.buffer);

            public virtual IEnumerable<(string name, Module module)> named_children() => ownModules.Select(own => (own.Name, own.Value));

            public virtual IEnumerable<Module> children() => ownModules.Select(own => own.Value);

            /// <summary>This module under the empty name, then everything below it.</summary>
            public virtual IEnumerable<(string name, Module module)> named_modules() => Walk(true).Select(part => (part.Prefix.TrimEnd('.'), part.Module));

            public virtual IEnumerable<Module> modules() => Walk(true).Select(part => part.Module);

            public bool has_parameter(string target) => named_parameters().Any(found => found.name == target);

            public Parameter? get_parameter(string target) => named_parameters().FirstOrDefault(found => found.name == target).parameter;

            /// <summary>Parameters and persistent buffers under their full names; the tensors themselves, not copies.</summary>
            public virtual Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor>? destination = null, string? prefix = null)
            {
                var state = destination ?? [];
                var before = string.IsNullOrEmpty(prefix) ? "" : prefix + ".";
                foreach (var part in Walk(true))
                {
                    foreach (var (key, value) in part.Module.ownParameters)
                    {
                        state.Add(before + part.Prefix + key, value);
                    }

                    foreach (var (key, value, persistent) in part.Module.ownBuffers)
                    {
                        if (persistent)
                        {
                            state.Add(before + part.Prefix + key, value);
                        }
                    }
                }

                return state;
            }

            /// <summary>Copies values into this module's tensors, converting type and device.</summary>
            /// <exception cref="InvalidOperationException">Strict, and names differ; or a shape differs.</exception>
            public virtual (IList<string> missing_keys, IList<string> unexpected_keys) load_state_dict(
                Dictionary<string, Tensor> source, bool strict = true, IList<string>? skip = null)
            {
                var own = state_dict();
                var skipped = skip ?? [];
                List<string> missing = [.. own.Keys.Where(key => !source.ContainsKey(key) && !skipped.Contains(key))];
                List<string> unexpected = [.. source.Keys.Where(key => !own.ContainsKey(key) && !skipped.Contains(key))];
                if (strict && missing.Count + unexpected.Count > 0)
                {
                    throw new InvalidOperationException(
                        $"the state does not fit {GetName()}: missing [{string.Join(", ", missing)}], unexpected [{string.Join(", ", unexpected)}]");
                }

                using var quiet = no_grad();
                foreach (var (key, target) in own)
                {
                    if (!skipped.Contains(key) && source.TryGetValue(key, out var value))
                    {
                        Load(key, target, value);
                    }
                }

                return (missing, unexpected);
            }

            private static void Load(string key, Tensor target, Tensor value)
            {
                if (!target.shape.AsSpan().SequenceEqual(value.shape))
                {
                    throw new InvalidOperationException($"{key} has shape [{string.Join(", ", target.shape)}], the state has [{string.Join(", ", value.shape)}]");
                }

                target.copy_(value);
            }

            private IEnumerable<(string Prefix, Module Module)> Walk(bool recurse, string prefix = "")
            {
                yield return (prefix, this);
                foreach (var (key, child) in recurse ? ownModules : [])
                {
                    foreach (var part in child.Walk(true, prefix + key + "."))
                    {
                        yield return part;
                    }
                }
            }
        }

        /// <summary>Moves a module's parameters and buffers in place.</summary>
        internal static T Moved<T>(T module, Func<Tensor, Tensor> move) where T : Module
        {
            using var quiet = no_grad();
            foreach (var tensor in module.parameters().Cast<Tensor>().Concat(module.buffers()))
            {
                using var moved = move(tensor);
                tensor.SetData(moved);
            }

            return module;
        }
    }
}

/// <summary>Moves of whole modules that keep the module's type.</summary>
public static class ModuleExtensionMethods
{
    public static T to<T>(this T module, torch.Device device) where T : torch.nn.Module => torch.nn.Moved(module, tensor => tensor.to(device));

    public static T to<T>(this T module, string device) where T : torch.nn.Module => module.to(new torch.Device(device));

    /// <summary>Converts the floating-point parameters and buffers; others keep their type.</summary>
    public static T to<T>(this T module, torch.ScalarType dtype) where T : torch.nn.Module =>
        torch.nn.Moved(module, tensor => torch.IsFloating(tensor.dtype) ? tensor.to(dtype) : tensor.alias());

    public static T cpu<T>(this T module) where T : torch.nn.Module => module.to(torch.CPU);

    public static T cuda<T>(this T module) where T : torch.nn.Module => module.to(torch.CUDA);
}
