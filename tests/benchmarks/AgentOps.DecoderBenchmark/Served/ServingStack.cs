using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Models;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace AgentOps.DecoderBenchmark.Served;

/// <summary>PostgreSQL, RabbitMQ and Serving, described as the AppHost describes them, in a state folder of their own.</summary>
internal sealed class ServingStack : IAsyncDisposable
{
    private readonly DistributedApplication _app;
    private readonly ServiceProvider _clients;

    private ServingStack(DistributedApplication app, ServiceProvider clients) => (_app, _clients) = (app, clients);

    /// <summary>Serving as Generator reaches it: its own address, calls signed with a service token.</summary>
    public HttpClient Client => _clients.GetRequiredService<IHttpClientFactory>().CreateClient("serving");

    /// <param name="threads">Threads that Serving's engine computes with.</param>
    public static async Task<ServingStack> StartAsync(int threads)
    {
        var platform = Platform.Add(DistributedApplication.CreateBuilder(new DistributedApplicationOptions { Ephemeral = true, Output = Console.Error }));
        platform.Service("serving", "services/Serving").WithEnvironment("Serving__Engine__Threads", $"{threads}");
        var app = platform.Builder.Build();
        await app.StartAsync();
        return new(app, Clients(app, platform.ServiceKey.Resource.Value));
    }

    /// <summary>Puts a model into the store that Serving reads.</summary>
    public async Task<Digest> StoreAsync(ModelFolder model)
    {
        var folder = Directory.CreateTempSubdirectory("agentops-benchmark-");
        try
        {
            model.Save(folder.FullName);
            return await new ArtifactStore(Path.Combine(_app.Home, "artifacts")).PutFolderAsync(folder.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _clients.DisposeAsync();
        await _app.DisposeAsync();
    }

    private static ServiceProvider Clients(DistributedApplication app, string serviceKey)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder()
            .AddInMemoryCollection([new("services:serving:http:0", app.GetEndpoint("serving").ToString())]).Build());
        services.AddSingleton(new InternalToken(serviceKey, TimeProvider.System));
        services.AddServiceClient("generator", "serving");
        return services.BuildServiceProvider();
    }
}
