using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Registry;

namespace AgentOps.Registry.Tests;

/// <summary>Properties of lineage over random pipelines: both directions say the same, and evidence is what the lineage is.</summary>
[Collection(OneLineageLedger.Name)]
public sealed class whatever_the_runs_did(LineageLedger ledger) : IDisposable
{
    private const int Seed = 20260;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lineage-tests-");

    [Fact]
    public async Task What_is_of_a_lineage_has_it_downstream_and_the_evidence_of_a_version_or_an_alias_holds_its_lineage_and_verifies()
    {
        var artifacts = new ArtifactStore(Path.Combine(_folder.FullName, "artifacts"));
        var models = new List<Digest>();
        for (var i = 0; i < 5; i++)
            models.Add(await artifacts.PutFolderAsync(into => File.WriteAllTextAsync(Path.Combine(into, "model.safetensors"), $"weights {i}")));
        var names = Enumerable.Range(0, 3).Select(i => $"agent-{Guid.NewGuid():N}"[..12] + i).ToList();
        var pipelines = new RandomPipelines(Seed, models, names);
        await ledger.HappenedAsync(pipelines.Rounds(12));
        await ledger.SeenAsync();
        var events = await EventsAsync();

        var lineages = new Dictionary<Reference, HashSet<Reference>>();
        foreach (var version in pipelines.Versions)
        {
            var positions = await LineageWalk.PositionsAsync(ledger.Db, [new Asked(version)], CancellationToken.None);
            lineages[version] = [.. positions.SelectMany(position => events[position])];
            await AssertGraphIsAsync(version, lineages[version]);
        }

        await AssertDownstreamIsAsync(lineages);
        await AssertEvidenceIsAsync(artifacts, pipelines.Versions, pipelines.Promoted);
    }

    /// <summary>The summary has all of it but trajectories, of which it has some.</summary>
    private async Task AssertGraphIsAsync(Reference version, HashSet<Reference> lineage)
    {
        var nodes = (await new LineageGraph(ledger.Db).WalkAsync(version, CancellationToken.None)).Nodes.Select(node => node.Reference).ToHashSet();
        Assert.Subset(lineage.Append(version).ToHashSet(), nodes);
        Assert.Equal(Structure(lineage), Structure(nodes.Where(node => node != version)));
    }

    private async Task AssertDownstreamIsAsync(Dictionary<Reference, HashSet<Reference>> lineages)
    {
        var all = lineages.Values.SelectMany(lineage => lineage).Distinct().OrderBy(r => $"{r}").ToArray();
        new Random(Seed).Shuffle(all);
        // All that is not of a single run, and a part of everything else.
        foreach (var root in all.Where(r => !r.Kind.IsWork()).Concat(all.Where(r => r.Kind.IsWork()).Take(120)))
        {
            var made = (await new DownstreamWalk(ledger.Db, root).WalkAsync(CancellationToken.None)).Nodes.Select(node => node.Reference).Where(lineages.ContainsKey);
            var expected = lineages.Where(of => of.Key != root && of.Value.Contains(root)).Select(of => of.Key);
            Assert.True(expected.ToHashSet().SetEquals(made), $"Seed {Seed}: of {root} should be made {string.Join(", ", expected)}, and are {string.Join(", ", made)}.");
        }
    }

    private async Task AssertEvidenceIsAsync(ArtifactStore artifacts, IEnumerable<Reference> versions, IEnumerable<string> aliases)
    {
        var signed = await SignedLedger.OfAsync(ledger, _folder.FullName, artifacts);
        foreach (var version in versions)
            await signed.AssertProvesAsync(await ledger.Store.RootAsync(version.Id.Split(':')[0], int.Parse(version.Id.Split(':')[1]), CancellationToken.None));
        foreach (var name in aliases)
            await signed.AssertProvesAsync(await ledger.Store.RootAsync(name, "production", null, CancellationToken.None));
    }

    private static IEnumerable<string> Structure(IEnumerable<Reference> references) => references.Where(r => r.Kind != ReferenceKind.Trajectory).Select(r => $"{r}").Order(StringComparer.Ordinal);

    /// <summary>What each event read; what came from outside may have been made here before, and is read as well.</summary>
    private async Task<Dictionary<long, IReadOnlyList<Reference>>> EventsAsync()
    {
        var events = new Dictionary<long, IReadOnlyList<Reference>>();
        for (var page = await ledger.Store.ReadAsync(0, 500); page.Events.Count > 0; page = await ledger.Store.ReadAsync(page.Position, 500))
            foreach (var stored in page.Events)
                events[stored.Position] = [.. stored.Data.Inputs, .. stored.Data.Inputs.Any(r => r.Kind == ReferenceKind.Source) ? stored.Data.Outputs.Where(r => r.Kind == ReferenceKind.Model) : []];
        return events;
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
