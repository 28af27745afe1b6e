using System.Net;
using System.Text;
using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Exports;

namespace AgentOps.EndToEnd.Tests;

[Collection(OneStack.Name)]
public sealed class what_others_can_read(Stack stack)
{
    [Fact]
    public async Task The_lineage_of_a_promoted_model_comes_in_every_format_and_its_signatures_verify_against_its_files()
    {
        var facts = await stack.EndOfAsync(await stack.UndisturbedAsync());
        var version = facts.Of<PromotionDecided>().Single().Version;
        var trusted = PublicKey.Read(await File.ReadAllTextAsync(Path.Combine(stack.App.Home, "checkpoints", "key.pub")));

        var told = (await ExportAsync("openlineage")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(2 * (1 + facts.Of<StepCompleted>().Count), told.Count);
        Assert.Equal("COMPLETE", told[^1].GetProperty("eventType").GetString());

        var prov = JsonDocument.Parse(await ExportAsync("prov")).RootElement;
        Assert.Equal(facts.Of<TrajectoryRecorded>().Count, prov.GetProperty("hadMember").EnumerateObject().Count());
        Assert.True(prov.GetProperty("agent").TryGetProperty("ao:person/admin", out _));

        var slsa = SlsaProvenance.Open(Encoding.UTF8.GetBytes(await ExportAsync("slsa")), trusted);
        Assert.Equal(facts.Promoted().Hex, slsa.GetProperty("subject")[0].GetProperty("digest").GetProperty("sha256").GetString());

        var signature = Encoding.UTF8.GetBytes(await ExportAsync("oms"));
        var signed = ModelSigning.Open(signature, trusted);
        Assert.Equal(facts.Promoted(), signed.Digest);
        await VerifyFolderAsync(facts.Promoted(), signature, trusted);

        var bom = JsonDocument.Parse(await ExportAsync("cyclonedx")).RootElement.GetProperty("metadata").GetProperty("component");
        var figure = bom.GetProperty("modelCard").GetProperty("quantitativeAnalysis").GetProperty("performanceMetrics")[0];
        var own = facts.Of<EvaluationCompleted>().Single().Report.Policies.First(policy => policy.Policy.Model == facts.Promoted());
        Assert.Equal(own.Success.Rate, double.Parse(figure.GetProperty("value").GetString()!));

        Answer.AssertProblem(await stack.Admin.GetAsync($"/api/v1/models/small-agent/versions/{version}/lineage?format=spdx"), HttpStatusCode.BadRequest, "lineage-format");

        async Task<string> ExportAsync(string format) =>
            (await stack.Admin.GetAsync($"/api/v1/models/small-agent/versions/{version}/lineage?format={format}")).Is(HttpStatusCode.OK).Text;
    }

    [Fact]
    public async Task Whoever_has_nothing_but_the_weights_finds_the_version_and_what_it_is_made_of()
    {
        var facts = await stack.EndOfAsync(await stack.UndisturbedAsync());
        var version = ModelEvents.Version("small-agent", facts.Of<PromotionDecided>().Single().Version!.Value);
        var weights = (await new ArtifactStore(stack.ArtifactFolder()).ManifestAsync(facts.Promoted())).Files.Single(file => file.Name == "model.safetensors").Digest;

        var lineage = (await stack.Admin.GetAsync($"/api/v1/lineage/{weights}")).Is(HttpStatusCode.OK).Json;

        var file = lineage.GetProperty("nodes")[0];
        Assert.Equal("model.safetensors", file.GetProperty("names")[0].GetString());
        Assert.Contains(file.GetProperty("inputs").EnumerateArray(), holder => holder.GetProperty("id").GetString() == version.Id);
        Assert.Contains(lineage.GetProperty("nodes").EnumerateArray(), node => node.GetProperty("reference").GetProperty("id").GetString() == facts.Of<DatasetBuilt>().Single().Dataset.ToString());
        Answer.AssertProblem(await stack.Admin.GetAsync($"/api/v1/lineage/{Digest.Of("a file of nobody"u8)}"), HttpStatusCode.NotFound, "unknown-artifact");
    }

    /// <summary>The model's files in a folder of their own, with the signature beside them.</summary>
    private async Task VerifyFolderAsync(Digest model, byte[] signature, IReadOnlyList<PublicKey> trusted)
    {
        var folder = Directory.CreateTempSubdirectory("signed-model-");
        try
        {
            var store = new ArtifactStore(stack.ArtifactFolder());
            foreach (var file in (await store.ManifestAsync(model)).Files)
                await File.WriteAllBytesAsync(Path.Combine(folder.FullName, file.Name), await store.ReadAsync(file.Digest));
            var beside = Path.Combine(folder.FullName, "model.sig");
            await File.WriteAllBytesAsync(beside, signature);
            await ModelFolder.VerifyAsync(folder.FullName, beside, trusted);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
