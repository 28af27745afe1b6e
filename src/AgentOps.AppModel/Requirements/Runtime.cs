using Aspire.Hosting.ApplicationModel;

namespace AgentOps.AppModel;

/// <summary>How servers run: as private processes and in no other way yet.</summary>
internal static class Runtime
{
    private const string Variable = "AGENTOPS_RUNTIME";
    private const string Process = "process";

    /// <summary>Who asked for something else would otherwise get processes without being told.</summary>
    /// <exception cref="DistributedApplicationException">Another runtime is asked for.</exception>
    public static void Check()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } asked and not Process)
        {
            throw new DistributedApplicationException($"{Variable} is '{asked}': containers are not supported yet, so unset it or set it to '{Process}'.");
        }
    }
}
