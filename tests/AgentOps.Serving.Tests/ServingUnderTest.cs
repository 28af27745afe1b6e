using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Models.Decoding;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AgentOps.Serving.Tests;

/// <summary>Serving's endpoints on a free loopback port over an artifact store of its own with one tiny model.</summary>
internal sealed class ServingUnderTest : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly DirectoryInfo _folder;

    private ServingUnderTest(WebApplication app, DirectoryInfo folder, ArtifactStore store, Digest model, Names names) =>
        (_app, _folder, Store, Model, Names, Client) = (app, folder, store, model, names, new HttpClient { BaseAddress = new Uri(app.Urls.Single()) });

    public ArtifactStore Store { get; }

    public Digest Model { get; }

    public Names Names { get; }

    public HttpClient Client { get; }

    public ModelPool Pool => _app.Services.GetRequiredService<ModelPool>();

    /// <param name="artifacts">The artifact store's folder; null: one of its own.</param>
    public static async Task<ServingUnderTest> StartAsync(ServingOptions? options = null, string? artifacts = null)
    {
        var folder = Directory.CreateTempSubdirectory("agentops-serving-");
        var store = new ArtifactStore(artifacts ?? folder.FullName);
        var names = new Names();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton(store).AddSingleton<IModelDirectory>(names);
        builder.Services.AddModelPool(options ?? new() { Engine = new EngineOptions { Threads = 1, CacheBytes = 64 << 20 } });
        var app = builder.Build();
        app.MapChatCompletions();
        await app.StartAsync();
        return new(app, folder, store, await TinyModels.StoreAsync(store, seed: 1), names);
    }

    public JsonObject Question(string text = "go to the fridge 1") => new()
    {
        ["model"] = Model.ToString(),
        ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = text }),
        ["max_tokens"] = 24,
        ["seed"] = 7,
        ["logprobs"] = true,
        ["return_token_ids"] = true,
    };

    public Task<HttpResponseMessage> PostAsync(JsonNode body) => Client.PostAsJsonAsync("/v1/chat/completions", body);

    /// <summary>The answer, which must be a success.</summary>
    public async Task<JsonNode> AskAsync(JsonNode body)
    {
        using var response = await PostAsync(body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }

    /// <summary>All pieces of a streamed answer, which must end with [DONE].</summary>
    public async Task<List<JsonNode>> StreamAsync(JsonObject body)
    {
        body["stream"] = true;
        using var response = await PostAsync(body);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        var lines = (await response.Content.ReadAsStringAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("data: [DONE]", lines[^1]);
        return [.. lines[..^1].Select(line => JsonNode.Parse(line["data: ".Length..])!)];
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}

/// <summary>Names that a test gives to models.</summary>
internal sealed class Names : Dictionary<string, Digest>, IModelDirectory
{
    public ValueTask<Digest?> FindAsync(string name, CancellationToken ct) => new(TryGetValue(name, out var digest) ? digest : null);

    public ValueTask<IReadOnlyList<NamedModel>> ListAsync(CancellationToken ct) => new([.. this.Select(n => new NamedModel(n.Key, n.Value, DateTimeOffset.UnixEpoch))]);
}
