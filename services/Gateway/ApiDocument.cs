using System.Text.Json;
using System.Text.Json.Nodes;
using AgentOps.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace AgentOps.Gateway;

/// <summary>The OpenAPI document of the whole API: the gateway's own calls and the services' documents, reduced to the routes that the gateway lets through.</summary>
public sealed class ApiDocument(IHttpClientFactory clients, IConfiguration configuration, [FromKeyedServices("v1")] IOpenApiDocumentProvider own)
{
    internal const string Path = "/openapi/v1.json";

    public async Task<JsonObject> ReadAsync(CancellationToken ct)
    {
        JsonObject paths = [], schemas = [];
        foreach (var document in (JsonObject[])[await OwnAsync(ct), .. await Task.WhenAll(Routes.Services.Select(service => DocumentOfAsync(service, ct)))])
        {
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

    private async Task<JsonObject> OwnAsync(CancellationToken ct) =>
        JsonNode.Parse(await (await own.GetOpenApiDocumentAsync(ct)).SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1, ct))!.AsObject();

    /// <exception cref="ProblemException">The service does not answer.</exception>
    private async Task<JsonObject> DocumentOfAsync(string service, CancellationToken ct)
    {
        var client = clients.CreateClient();
        try
        {
            return JsonNode.Parse(await client.GetStringAsync(new Uri(ServiceAddress.Of(configuration, service), Path), ct))!.AsObject();
        }
        catch (HttpRequestException away)
        {
            throw Proxy.Away(Path, $"{service}, {away.HttpRequestError}");
        }
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
        app.MapGet(ApiDocument.Path, (ApiDocument document, CancellationToken ct) => document.ReadAsync(ct)).AllowAnonymous();
}
