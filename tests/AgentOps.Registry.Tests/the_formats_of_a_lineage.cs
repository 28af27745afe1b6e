using System.Security.Cryptography;
using System.Text;
using AgentOps.Contracts;
using AgentOps.Exports;
using AgentOps.Exports.Tests;
using AgentOps.Hosting;
using AgentOps.Ledger;
using AgentOps.Tests;
using Microsoft.Extensions.DependencyInjection;

namespace AgentOps.Registry.Tests;

/// <summary>What is gathered from a real ledger, and how it is written.</summary>
[Collection(OneRegistry.Name)]
public sealed class TheFormatsOfALineage(RegistryService registry)
{
    [Fact]
    public async Task All_that_led_to_a_version_is_gathered_and_what_became_of_it_or_of_another_version_is_not()
    {
        await using var service = await registry.StartAsync(new LogLines());
        var (facts, documents, ledger) = (service.Services.GetRequiredService<LineageFacts>(), service.Services.GetRequiredService<LineageDocuments>(), service.Services.GetRequiredService<LedgerStore>());
        var view = service.Services.GetRequiredKeyedService<Projection>("lineage");
        await Patience.UntilAsync("the view of lineage", async () => await view.WaitForAsync(registry.Sample.Count) == 0 ? view : null);

        var version = await ledger.RootAsync("household-agent", 2, CancellationToken.None);
        var gathered = await facts.OfAsync(version, CancellationToken.None);

        var expected = registry.Sample.Where(f => f.Data is not (AliasMoved or ModelVersionRegistered { Version: 1 })).ToList();
        Assert.Equal(expected.Select(f => (f.Position, f.Type)), gathered.Facts.Select(f => (f.Position, f.Type)));
        Assert.Equal(SampleLineage.Dpo, gathered.Digest);

        // The gate decided against version 1, so that no event of its lineage is of the evaluation: its figures come by way of the run.
        var first = await facts.OfAsync(await ledger.RootAsync("household-agent", 1, CancellationToken.None), CancellationToken.None);
        Assert.Contains(first.Facts, f => f.Data is EvaluationCompleted);
        Assert.DoesNotContain(first.Facts, f => f.Data is EvaluationPlanned or ModelVersionRegistered { Version: 2 });

        // Asked of the alias, its move is one of the facts.
        var named = await facts.OfAsync(await ledger.RootAsync("household-agent", "production", null, CancellationToken.None), CancellationToken.None);
        Assert.Equal(registry.Sample.Where(f => f.Data is not ModelVersionRegistered { Version: 1 }).Select(f => f.Position), named.Facts.Select(f => f.Position));

        using var key = ECDsa.Create();
        key.ImportFromPem(await File.ReadAllTextAsync(registry.KeyFile));
        var slsa = (await documents.WriteAsync(version, "slsa", CancellationToken.None)).ResponseContent!;
        SlsaProvenance.Open(Encoding.UTF8.GetBytes(slsa), [PublicKey.Of(key)]);
        foreach (var (format, word) in new[] { ("openlineage", "\"eventType\":\"START\""), ("prov", "wasGeneratedBy"), ("cyclonedx", "CycloneDX") })
            Assert.Contains(word, (await documents.WriteAsync(version, format, CancellationToken.None)).ResponseContent);

        var unknown = await Assert.ThrowsAsync<ProblemException>(() => documents.WriteAsync(version, "spdx", CancellationToken.None));
        Assert.Equal((400, "'spdx' is not a format of lineage: expected json, openlineage, prov, slsa, oms, cyclonedx."), (unknown.Status, unknown.Message));
        Assert.Equal(404, (await Assert.ThrowsAsync<ProblemException>(() => ledger.RootAsync("household-agent", 9, CancellationToken.None))).Status);
        Assert.Equal(409, (await Assert.ThrowsAsync<ProblemException>(() => documents.WriteAsync(version, "oms", CancellationToken.None))).Status);
        await service.StopAsync();
    }
}
