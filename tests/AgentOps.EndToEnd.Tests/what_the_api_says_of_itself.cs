using System.Net;
using System.Text.Json.Nodes;

namespace AgentOps.EndToEnd.Tests;

[Collection(OneStack.Name)]
public sealed class what_the_api_says_of_itself(Stack stack)
{
    private static readonly string[] Known =
    [
        "/api/v1/keys", "/api/v1/dead-letters/replay", "/api/v1/runs", "/api/v1/trajectories", "/api/v1/reviews", "/api/v1/models", "/api/v1/deployments",
        "/api/v1/withdrawals", "/api/v1/lineage/downstream", "/api/v1/ledger/export", "/v1/chat/completions",
    ];

    [Fact]
    public async Task The_calls_of_the_services_and_the_gateways_own_are_there_and_every_shape_that_they_name()
    {
        var document = JsonNode.Parse((await stack.With(null).GetAsync("/openapi/v1.json")).Is(HttpStatusCode.OK).Text)!;
        var paths = document["paths"]!.AsObject().Select(path => path.Key).ToHashSet();

        Assert.Subset(paths, Known.ToHashSet());
        Assert.All(paths, path => Assert.Matches("^/(api/)?v1/", path));
        var schemas = document["components"]!["schemas"]!.AsObject().Select(schema => $"#/components/schemas/{schema.Key}").ToHashSet();
        Assert.Contains("#/components/schemas/NewKey", schemas);
        Assert.Subset(schemas, References(document).ToHashSet());
    }

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(member => member is { Key: "$ref", Value: JsonValue reference } ? [reference.GetValue<string>()] : References(member.Value)),
        JsonArray items => items.SelectMany(References),
        _ => [],
    };
}
