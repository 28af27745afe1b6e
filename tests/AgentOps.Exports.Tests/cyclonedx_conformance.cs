using System.Text.Json.Nodes;

namespace AgentOps.Exports.Tests;

/// <summary>The published schema of CycloneDX 1.6.</summary>
public sealed class CycloneDxConformance
{
    private const string Schema = "cyclonedx/bom-1.6.schema.json";
    private static readonly string[] Beside = ["cyclonedx/spdx.schema.json", "cyclonedx/jsf-0.82.schema.json"];

    [TheoryByTheSpecification]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    public void A_bill_is_what_the_schema_asks_for(int version, bool deployed)
    {
        var sample = deployed ? new SampleLineage().Deployed() : new SampleLineage();
        SpecData.AssertValid(CycloneDx.Write(version == 1 ? sample.First : sample.Lineage), Schema, Beside);
    }

    [TheoryByTheSpecification]
    [InlineData("type", "model")]
    [InlineData("figures", "none")]
    public void The_schema_refuses_a_bill_that_is_none(string member, string value)
    {
        var bom = JsonNode.Parse(CycloneDx.Write(new SampleLineage().Lineage))!;
        bom["metadata"]!["component"]![member] = value;
        Assert.False(SpecData.IsValid(bom.ToJsonString(), Schema, Beside));
    }
}
