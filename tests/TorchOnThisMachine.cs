using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using AgentOps.AppModel;

namespace AgentOps.Tests;

/// <summary>Brings libtorch and the compiler to the machine before the first test of an assembly that needs them, as the application does.</summary>
internal static class TorchOnThisMachine
{
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "An assembly of tests has no other place that runs before all of them.")]
    internal static void Ensure() => Prerequisites.EnsureAsync(Prerequisites.Torch, (source, line) => Console.WriteLine($"{source}: {line}")).GetAwaiter().GetResult();
}
