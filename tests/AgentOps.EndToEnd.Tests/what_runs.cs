using System.Diagnostics;
using System.Reflection;
using System.Runtime.Loader;

namespace AgentOps.EndToEnd.Tests;

[Collection(OneStack.Name)]
public sealed class what_runs(Stack stack)
{
    [Theory]
    [InlineData("serving", "AgentOps.Models.dll")]
    [InlineData("trainer", "AgentOps.Learning.dll")]
    [InlineData("pipeline", "AgentOps.Ledger.dll")]
    public void The_libraries_of_a_service_are_optimised_as_the_service_is(string service, string library)
    {
        var program = File.ReadAllText($"/proc/{stack.App.GetProcessIds(service)[0]}/cmdline").Split('\0').Single(a => a.EndsWith(".dll", StringComparison.Ordinal));
        var loaded = new AssemblyLoadContext(library, isCollectible: true);
        var assembly = loaded.LoadFromAssemblyPath(Path.Combine(Path.GetDirectoryName(program)!, library));

        Assert.NotEqual(true, assembly.GetCustomAttribute<DebuggableAttribute>()?.IsJITOptimizerDisabled);
        loaded.Unload();
    }

    [Fact]
    public void Serving_decodes_without_libtorch() =>
        Assert.DoesNotContain("libtorch", File.ReadAllText($"/proc/{stack.App.GetProcessIds("serving")[0]}/maps"), StringComparison.Ordinal);
}
