using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using AgentOps.Tests;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace AgentOps.Pipeline.Tests;

/// <summary>The service itself on a PostgreSQL and a RabbitMQ of its own, and the ledger as the other services see it.</summary>
public sealed class PipelineService : IAsyncLifetime
{
    private ServiceInfrastructure _infrastructure = null!;

    public IServiceProvider Services => _infrastructure.Service.Services;

    public NpgsqlDataSource Database => Services.GetRequiredService<NpgsqlDataSource>();

    public LedgerStore Ledger => _infrastructure.Ledger;

    public async Task InitializeAsync()
    {
        _infrastructure = await ServiceInfrastructure.StartAsync();
        var host = ServiceHost.Create(_infrastructure.Settings("pipeline"), "pipeline");
        host.UseQueue<PipelineConsumer>(Topology.Pipeline);
        host.UseView(RunView.Definition);
        await _infrastructure.StartAsync(host, app => app.MapRuns());
    }

    public HttpClient Client(Role? role = Role.Operator)
    {
        var client = new HttpClient { BaseAddress = new Uri(_infrastructure.Service.Urls.Single()) };
        if (role is { } known)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", new InternalToken(ServiceInfrastructure.ServiceKey, TimeProvider.System).Sign(new Caller("ada", known)));
        return client;
    }

    public async Task<RunId> SubmitAsync(string file, string query = "")
    {
        using var client = Client();
        using var answer = await client.PostAsync("/api/v1/runs" + query, new StringContent(file));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return Identifiers.Parse<RunId>((await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!);
    }

    /// <summary>The run once the view shows everything that the ledger holds now.</summary>
    public async Task<JsonElement> ShowAsync(RunId run)
    {
        using var client = Client(Role.Viewer);
        client.DefaultRequestHeaders.Add("X-Ledger-Position", (await Ledger.HeadAsync()).ToString());
        return await client.GetFromJsonAsync<JsonElement>($"/api/v1/runs/{run}");
    }

    /// <summary>Appends an answer under the role of the service whose answer it is.</summary>
    public Task AppendAsync(string service, RunId run, string stream, params IEvent[] facts) => _infrastructure.AppendAsync(service, run, stream, facts);

    /// <summary>Waits for the run's first event of a kind that is such.</summary>
    public Task<T> NextAsync<T>(RunId run, Func<T, bool> which) where T : class, IEvent => _infrastructure.NextAsync(run.Stream(), which);

    public async Task DisposeAsync() => await _infrastructure.DisposeAsync();
}
