using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentOps.Exports.Tests;

/// <summary>The published schemas of OpenLineage: the event's own, and that of every facet that is used.</summary>
public sealed class OpenLineageConformance
{
    private const string Schema = "openlineage/spec/OpenLineage.json";

    [FactByTheSpecification]
    public void Every_event_is_what_the_schema_asks_for() => Assert.All(Events(), line => SpecData.AssertValid(line, Schema));

    [FactByTheSpecification]
    public void Every_facet_is_what_its_own_schema_asks_for_and_names_that_schema()
    {
        var seen = new HashSet<string>();
        foreach (var (key, facet) in Events().Select(line => JsonNode.Parse(line)!).SelectMany(Facets))
        {
            var url = (string)facet["_schemaURL"]!;
            var name = url[(url.LastIndexOf('/') + 1)..];
            using var published = JsonDocument.Parse(SpecData.Read(File(name)));
            Assert.True(published.RootElement.GetProperty("properties").TryGetProperty(key, out _), $"{name} does not stand under {key}.");
            Assert.StartsWith(published.RootElement.GetProperty("$id").GetString()!, url);
            // The schema of a facet is one of an object that holds it under its key.
            SpecData.AssertValid(new JsonObject { [key] = facet.DeepClone() }.ToJsonString(), File(name), Schema);
            seen.Add(name);
        }
        Assert.Superset(new HashSet<string> { "ParentRunFacet", "ExecutionParametersRunFacet", "TagsRunFacet", "ErrorMessageRunFacet", "ProcessingEngineRunFacet", "TestRunFacet", "JobTypeJobFacet", "OwnershipJobFacet", "DatasetVersionDatasetFacet", "DatasetTypeDatasetFacet", "OutputStatisticsOutputDatasetFacet" }, seen);
    }

    [FactByTheSpecification]
    public void The_specifications_own_examples_pass_the_same_check_and_a_broken_event_does_not()
    {
        var example = JsonDocument.Parse(SpecData.Read("openlineage/spec/tests/example_full_event.json")).RootElement;
        foreach (var one in example.ValueKind == JsonValueKind.Array ? [.. example.EnumerateArray()] : new[] { example })
            SpecData.AssertValid(one.GetRawText(), Schema);
        Assert.False(SpecData.IsValid(Events()[0].Replace("\"runId\":\"", "\"runId\":\"no-", StringComparison.Ordinal), Schema));
    }

    private static string File(string facet) => $"openlineage/spec/facets/{facet}.json";

    private static string[] Events() => OpenLineage.Write(new SampleLineage().Lineage).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static IEnumerable<KeyValuePair<string, JsonNode>> Facets(JsonNode node) => node switch
    {
        JsonObject found => found.SelectMany(member => member.Value switch
        {
            JsonObject facet when facet.ContainsKey("_schemaURL") => [KeyValuePair.Create(member.Key, (JsonNode)facet)],
            { } inner => Facets(inner),
            null => [],
        }),
        JsonArray list => list.SelectMany(item => Facets(item!)),
        _ => [],
    };
}
