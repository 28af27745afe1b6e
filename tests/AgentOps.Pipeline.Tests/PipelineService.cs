using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using Aspire.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace AgentOps.Pipeline.Tests;

/// <summary>The service itself on a PostgreSQL and a RabbitMQ of its own, and the ledger as the other services see it.</summary>
public sealed class PipelineService : IAsyncLifetime
{
    private const string Password = "only-for-this-test";
    private const string Key = "a-service-key-that-is-only-for-tests";
    private readonly Dictionary<string, LedgerStore> _stores = [];
    private readonly DirectoryInfo _artifacts = Directory.CreateTempSubdirectory("pipeline-tests-");
    private DistributedApplication? _infrastructure;
    private WebApplication? _service;
    private string _ledger = "";

    public IServiceProvider Services => _service!.Services;

    public NpgsqlDataSource Database => Services.GetRequiredService<NpgsqlDataSource>();

    public LedgerStore Ledger => Services.GetRequiredService<LedgerStore>();

    public async Task InitializeAsync()
    {
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { Ephemeral = true });
        builder.AddPostgres("postgres").AddDatabase("ledger");
        builder.AddRabbitMQ("rabbitmq");
        _infrastructure = builder.Build();
        await _infrastructure.StartAsync();
        _ledger = (await _infrastructure.GetConnectionStringAsync("ledger"))!;
        await LedgerMigration.RunAsync(_ledger, [.. ServiceRole.Names.Select(name => new ServiceRole(name, Password))]);

        var host = ServiceHost.Create(
        [
            "--urls=http://127.0.0.1:0",
            $"--ConnectionStrings:ledger={ConnectionString("pipeline")}",
            $"--ConnectionStrings:rabbitmq={await _infrastructure.GetConnectionStringAsync("rabbitmq")}",
            $"--AGENTOPS_ARTIFACTS={_artifacts.FullName}",
            $"--AGENTOPS_SERVICE_KEY={Key}",
        ], "pipeline");
        host.UseQueue<PipelineConsumer>(Topology.Pipeline);
        host.UseView(RunView.Definition);
        _service = host.Build();
        _service.MapRuns();
        await _service.StartAsync();
    }

    public HttpClient Client(Role? role = Role.Operator)
    {
        var client = new HttpClient { BaseAddress = new Uri(_service!.Urls.Single()) };
        if (role is { } known)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", new InternalToken(Key, TimeProvider.System).Sign(new Caller("ada", known)));
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
    public async Task AppendAsync(string service, RunId run, string stream, params IEvent[] facts)
    {
        if (!_stores.TryGetValue(service, out var store))
            _stores[service] = store = new LedgerStore(LedgerDataSource.Create(ConnectionString(service)), AllEvents.Registry, new Producer(service, "test"));
        await store.AppendAsync([new StreamWrite(stream, Expected.Any, [.. facts.Select(f => new NewEvent(Guid.CreateVersion7(), f))])], new EventContext($"service:{service}", run.Value));
    }

    /// <summary>Waits for the run's next event of a kind after some number of them; a minute is far more than it needs.</summary>
    public async Task<T> NextAsync<T>(RunId run, Func<T, bool> which) where T : class, IEvent
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            var head = await Ledger.HeadAsync(patience.Token);
            await foreach (var stored in Ledger.ReadStreamAsync(run.Stream(), ct: patience.Token))
                if (stored.Data is T fact && which(fact))
                    return fact;
            await Ledger.WaitBeyondAsync(head, patience.Token);
        }
    }

    public async Task DisposeAsync()
    {
        foreach (var store in _stores.Values)
            await store.DisposeAsync();
        if (_service is not null)
        {
            await _service.StopAsync();
            await _service.DisposeAsync();
        }

        if (_infrastructure is not null)
            await _infrastructure.DisposeAsync();
        _artifacts.Delete(recursive: true);
    }

    private string ConnectionString(string service) =>
        new NpgsqlConnectionStringBuilder(_ledger) { Username = service, Password = Password }.ConnectionString;
}
