using System.Runtime.InteropServices;
using Aspire.Hosting.ApplicationModel;

namespace AgentOps.AppModel;

/// <summary>The .NET installation that this program runs in.</summary>
internal static class DotNet
{
    // …/dotnet/shared/Microsoft.NETCore.App/10.0.x/ is where the runtime of this process lies.
    private static readonly string Root = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

    /// <summary>The <c>dotnet</c> program.</summary>
    public static string Program => Path.Combine(Root, "dotnet");

    /// <summary>Throws <see cref="DistributedApplicationException"/> when there is only a runtime and nothing can be built.</summary>
    public static void RequireSdk()
    {
        var sdks = Path.Combine(Root, "sdk");
        if (!Directory.Exists(sdks) || !Directory.EnumerateDirectories(sdks, "10.*").Any())
        {
            throw new DistributedApplicationException($"The .NET 10 SDK is missing in {Root}: install it (https://dotnet.microsoft.com/download) to build the services.");
        }
    }
}
