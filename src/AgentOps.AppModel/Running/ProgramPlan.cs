using System.Globalization;
using System.Net;
using AgentOps.AppModel.Processes;
using AgentOps.AppModel.State;
using Aspire.Hosting.ApplicationModel;

namespace AgentOps.AppModel.Running;

/// <summary>A project or executable: its command line, its environment, its health check.</summary>
internal sealed class ProgramPlan(IResource resource, int replica, bool runsOnce, ProgramCommand command, TimeSpan stopTimeout, StateFolder home) : IProcessPlan
{
    private static readonly HttpClient Health = new() { Timeout = TimeSpan.FromSeconds(5) };

    // What the SDK sets for the programs it starts would mislead those that our children start.
    private static readonly string[] NotHandedOn = ["MSBuildSDKsPath", "MSBuildExtensionsPath", "MSBUILD_EXE_PATH", "MSBuildLoadMicrosoftTargetsReadOnly", "ASPNETCORE_URLS", "DOTNET_LAUNCH_PROFILE"];

    public IResource Resource => resource;

    public int Replica => replica;

    public bool RunsOnce => runsOnce;

    public IReadOnlyList<int> Ports => ProcessPlanNames.PortsOf(resource, replica);

    private IEnumerable<EndpointAnnotation> Endpoints => resource.Annotations.OfType<EndpointAnnotation>();

    public async Task<ProcessSpec> PrepareAsync(CancellationToken cancellationToken) => new(
        this.Name(),
        command.Program,
        [.. command.Arguments, .. await ((IResourceWithArgs)resource).GetArgumentValuesAsync(cancellationToken)],
        command.WorkingDirectory,
        home.LogOf(this.Name()))
    {
        Environment = await EnvironmentAsync(cancellationToken),
        Grace = stopTimeout,
    };

    public async Task<bool> IsReadyAsync(SessionProcess process, CancellationToken cancellationToken)
    {
        foreach (var check in resource.Annotations.OfType<HttpHealthCheckAnnotation>())
        {
            var endpoint = new EndpointReference((IResourceWithEndpoints)resource, check.EndpointName, replica);
            if (!ListeningSockets.OwnedBySession(process.Id, endpoint.Port) || !await AnswersAsync(endpoint.Url + check.Path, cancellationToken))
            {
                return false;
            }
        }

        return true;
    }

    private static async Task<bool> AnswersAsync(string url, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await Health.GetAsync(new Uri(url), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return response.StatusCode == HttpStatusCode.OK;
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    private async Task<IReadOnlyDictionary<string, string?>> EnvironmentAsync(CancellationToken cancellationToken)
    {
        var variables = NotHandedOn.ToDictionary(name => name, _ => (string?)null, StringComparer.Ordinal);
        var urls = Endpoints.Where(e => e.UriScheme == "http").Select(e => $"http://{Loopback.Address}:{e.AllocatedPorts[replica]}").ToList();
        if (urls.Count > 0)
        {
            variables["ASPNETCORE_URLS"] = string.Join(';', urls);
        }

        foreach (var endpoint in Endpoints.Where(e => e.EnvironmentVariable is not null))
        {
            variables[endpoint.EnvironmentVariable!] = endpoint.AllocatedPorts[replica].ToString(CultureInfo.InvariantCulture);
        }

        variables["OTEL_RESOURCE_ATTRIBUTES"] = $"service.instance.id={home.Hash}-{this.Name()}";
        foreach (var (name, value) in await ((IResourceWithEnvironment)resource).GetEnvironmentVariableValuesAsync(cancellationToken))
        {
            variables[name] = value;
        }

        return variables;
    }
}

/// <summary>What is executed for a project or executable, and where.</summary>
internal sealed record ProgramCommand(string Program, IReadOnlyList<string> Arguments, string WorkingDirectory);
