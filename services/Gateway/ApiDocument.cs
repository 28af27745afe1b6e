using System.Text.Json;
using System.Text.Json.Nodes;
using AgentOps.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;

namespace AgentOps.Gateway;

/// <summary>The OpenAPI document of the whole API: the services' own documents, reduced to the routes that the gateway lets through.</summary>
public sealed class ApiDocument(IHttpClientFactory clients, IConfiguration configuration)
{
    public async Task<JsonObject> ReadAsync(CancellationToken ct)
    {
        JsonObject paths = [], schemas = [];
        foreach (var service in Routes.Services)
        {
            var client = clients.CreateClient();
            using var answer = await client.GetAsync(new Uri(ServiceAddress.Of(configuration, service), "/openapi/v1.json"), ct);
            answer.EnsureSuccessStatusCode();
            var document = JsonNode.Parse(await answer.Content.ReadAsStreamAsync(ct))!.AsObject();
            Take(document["paths"], paths, path => path.StartsWith("/api/v1/", StringComparison.Ordinal) || path.StartsWith("/v1/", StringComparison.Ordinal));
            Take(document["components"]?["schemas"], schemas, _ => true);
        }
        return new()
        {
            ["openapi"] = "3.1.1",
            ["info"] = new JsonObject { ["title"] = "AgentOps", ["version"] = "v1" },
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = schemas,
                ["securitySchemes"] = new JsonObject { ["key"] = new JsonObject { ["type"] = "apiKey", ["in"] = "header", ["name"] = KeyAuthentication.Header } },
            },
            ["security"] = new JsonArray(new JsonObject { ["key"] = new JsonArray() }),
        };
    }

    private static void Take(JsonNode? from, JsonObject into, Func<string, bool> wanted)
    {
        foreach (var (name, value) in from?.AsObject() ?? [])
            if (wanted(name))
                into.TryAdd(name, value?.DeepClone());
    }
}

public static class ApiDocumentEndpoint
{
    public static void MapApiDocument(this WebApplication app) =>
        app.MapGet("/openapi/v1.json", (ApiDocument document, CancellationToken ct) => document.ReadAsync(ct)).AllowAnonymous();
}
