using System.Security.Cryptography;
using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using AgentOps.Proofs;
using AgentOps.Registry;
using AgentOps.Tests;

namespace AgentOps.Registry.Tests;

/// <summary>
/// Two runs of ada's, whose gates let a version each pass. The first moves with the approval of grace, the second is rejected and moved by bob, whom grace approves. What is asked of the alias
/// or of a deployment begins with that, and so does what is proved of it.
/// </summary>
[Collection(OneLineageLedger.Name)]
public sealed class TheRootsOfALineage(LineageLedger ledger) : IAsyncLifetime, IDisposable
{
    private const string Alias = "production";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lineage-tests-");
    private readonly string _name = $"agent-{Guid.NewGuid():N}";
    private readonly string _deployment = $"talk-{Guid.NewGuid():N}";
    private readonly List<EvaluationId> _evaluations = [];
    private ArtifactStore _artifacts = null!;
    private long _first, _second;

    private Reference Named => ModelEvents.AliasOf(_name, Alias);

    public async Task InitializeAsync()
    {
        _artifacts = new(Path.Combine(_folder.FullName, "artifacts"));
        await DecideAsync("root", model => AliasMoves.SetPolicy(model, _name, Alias, new(PassedGate: true, Approvals: 1), "root"));
        await PromoteAsync(1);
        _first = await DecideAsync("grace", model => AliasMoves.Approve(model, _name, Alias, 1, "grace", "the figures hold"));
        await PromoteAsync(2);
        await DecideAsync("grace", model => AliasMoves.Reject(model, _name, Alias, 2, "grace", "not before the audit"));
        await DecideAsync("bob", model => Model.MoveAlias(model, _name, Alias, 2, 1, "bob", "the audit is over"));
        _second = await DecideAsync("grace", model => AliasMoves.Approve(model, _name, Alias, 2, "grace"));
        await ledger.SeenAsync();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Of_an_alias_it_begins_with_the_move_who_asked_upon_what_and_who_agreed()
    {
        var lineage = await new LineageGraph(ledger.Db).WalkAsync(await AliasAsync(), CancellationToken.None);

        Assert.Equal((Named, Named, ModelEvents.Version(_name, 2)), (lineage.Root, lineage.Nodes[0].Reference, lineage.Nodes[1].Reference));
        Assert.Equal(_second, Assert.Single(lineage.Nodes[0].Events!).Position);
        var move = lineage.Move!;
        Assert.Equal((2, (int?)1, "bob", $"{_evaluations[1]}", "the audit is over"), (move.Version, move.Previous, move.MovedBy, move.Evidence, move.Reason));
        Assert.Equal((_second - 2, _second - 1, _second), (move.Proposal!.Position, Assert.Single(move.Approvals).Position, move.Position));
        Assert.Equal((await AtAsync(move.Proposal.Position), await AtAsync(move.Approvals[0].Position)), (move.Proposal.At, move.Approvals[0].At));
        Assert.Equal(("root", true, 1), (move.Terms!.SetBy, move.Terms.PassedGate, move.Terms.Approvals));
        Assert.Equal("version 2 is better", move.Gate!.Findings[0]);
        var nodes = lineage.Nodes.Select(node => node.Reference).ToHashSet();
        Assert.Superset(new HashSet<Reference> { Reference.To(ReferenceKind.Person, "bob"), Reference.To(ReferenceKind.Person, "grace"), Reference.To(ReferenceKind.Evaluation, _evaluations[1]) }, nodes);
        Assert.DoesNotContain(ModelEvents.Version(_name, 1), nodes);
    }

    [Fact]
    public async Task The_gate_that_is_shown_is_the_one_whose_evaluation_the_move_names()
    {
        await DecideAsync("root", model => AliasMoves.SetPolicy(model, _name, Alias, new(PassedGate: false, Approvals: 1), "root"));
        await PromoteAsync(3);
        // While grace thinks about it, other gates let the same version pass, one of them upon the same evaluation.
        foreach (var evaluation in new[] { _evaluations[2], _evaluations[0] })
            await DecideAsync("service:registry", model =>
                [new PromotionDecided(_name, "staging", new(RunId.Create(), "9.promote", 1), null, [new("current", model!.Versions[2].Digest, Passed: true, ["seen from elsewhere"])], [evaluation])]);
        await DecideAsync("grace", model => AliasMoves.Approve(model, _name, Alias, 3, "grace"));
        await ledger.SeenAsync();

        var root = await AliasAsync();

        Assert.Equal(($"{_evaluations[2]}", "version 3 is better"), (root.Move!.Evidence, root.Move.Gate!.Findings[0]));
        await (await SignedAsync()).AssertProvesAsync(root);
    }

    [Fact]
    public async Task Below_the_move_stands_the_lineage_of_the_version_as_it_is_by_itself()
    {
        var own = (await new LineageGraph(ledger.Db).WalkAsync(await ledger.Store.RootAsync(_name, 2, CancellationToken.None), CancellationToken.None)).Nodes;
        var named = (await new LineageGraph(ledger.Db).WalkAsync(await AliasAsync(), CancellationToken.None)).Nodes;

        var besides = named.Select(node => node.Reference).Except(own.Select(node => node.Reference));
        Assert.Equal([Named, Reference.To(ReferenceKind.Person, "bob"), Reference.To(ReferenceKind.Person, "grace")], besides.Where(node => node.Kind is ReferenceKind.ModelVersion or ReferenceKind.Person));
        Assert.Empty(own.Select(node => node.Reference).Except(named.Select(node => node.Reference)));
    }

    [Fact]
    public async Task As_of_a_point_in_time_it_is_the_move_that_was_the_last_one_then()
    {
        var then = await AtAsync(_second - 1);
        var before = await AtAsync(_first - 1);

        var root = await AliasAsync(then.AddTicks(-1));

        Assert.Equal((_first, 1, ModelEvents.Gate), (root.Move!.Position, root.Version, root.Move.MovedBy));
        Assert.Equal(("ada", "grace", "the figures hold"), (root.Move.Proposal!.By, root.Move.Approvals[0].By, root.Move.Approvals[0].Reason));
        var refused = await Assert.ThrowsAsync<ProblemException>(() => AliasAsync(before.AddTicks(-1)));
        Assert.Equal(404, refused.Status);
        await (await SignedAsync()).AssertProvesAsync(root);
    }

    [Fact]
    public async Task A_deployment_that_an_alias_named_goes_on_to_stand_upon_that_move_whatever_becomes_of_the_alias()
    {
        await DeployAsync("production");
        await DecideAsync("bob", model => Model.MoveAlias(model, _name, Alias, 1, 2, "bob"));
        await DecideAsync("grace", model => AliasMoves.Approve(model, _name, Alias, 1, "grace"));
        await ledger.SeenAsync();

        var root = await ledger.Store.DeploymentRootAsync(_deployment, null, CancellationToken.None);
        var lineage = await new LineageGraph(ledger.Db).WalkAsync(root, CancellationToken.None);

        Assert.Equal([Reference.To(ReferenceKind.Deployment, _deployment), Named, ModelEvents.Version(_name, 2)], lineage.Nodes.Take(3).Select(node => node.Reference));
        Assert.Equal(Named, lineage.Nodes[0].Inputs![0]);
        Assert.Equal((_second, "dora", "production"), (lineage.Move!.Position, lineage.Deployment!.ActivatedBy, lineage.Deployment.Alias));
        var evidence = await (await SignedAsync()).AssertProvesAsync(root);
        Assert.Equal(["approved by grace"], evidence.Move!.Lines.Where(line => line.StartsWith("approved", StringComparison.Ordinal)).Select(line => line[..17]));
    }

    [Fact]
    public async Task A_deployment_that_names_a_version_by_its_number_says_that_no_policy_stands_behind_it()
    {
        await DeployAsync(alias: null);

        var root = await ledger.Store.DeploymentRootAsync(_deployment, null, CancellationToken.None);
        var evidence = await (await SignedAsync()).AssertProvesAsync(root);

        Assert.Null(evidence.Move);
        Assert.Equal("no alias named the version, and so no alias's policy stands behind it", evidence.Deployment!.Lines.Last());
        var refused = await Assert.ThrowsAsync<ProblemException>(() => ledger.Store.DeploymentRootAsync(_deployment, DateTimeOffset.UnixEpoch, CancellationToken.None));
        Assert.Equal(404, refused.Status);
    }

    [Fact]
    public async Task What_the_formats_of_others_are_written_from_has_the_move_the_approval_and_the_deployment()
    {
        await DeployAsync("production");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        var facts = (await new LineageFacts(ledger.Store, ledger.Db, new("ledger", key.ExportSubjectPublicKeyInfo()))
            .OfAsync(await ledger.Store.DeploymentRootAsync(_deployment, null, CancellationToken.None), CancellationToken.None)).Facts.Select(fact => fact.Data).ToList();

        Assert.Equal(["bob", "grace", "dora"], [Assert.Single(facts.OfType<AliasMoveProposed>()).ProposedBy, Assert.Single(facts.OfType<AliasMoveApproved>()).ApprovedBy, Assert.Single(facts.OfType<DeploymentActivated>()).ActivatedBy]);
        Assert.Equal(2, Assert.Single(facts.OfType<AliasMoved>()).Version);
        Assert.Equal(_evaluations[1], Assert.Single(Assert.Single(facts.OfType<PromotionDecided>()).Evidence));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private Task<LineageRoot> AliasAsync(DateTimeOffset? at = null) => ledger.Store.RootAsync(_name, Alias, at, CancellationToken.None);

    private async Task<DateTimeOffset> AtAsync(long position) => (await ledger.Store.ReadAtAsync(position))!.At;

    private Task<SignedLedger> SignedAsync() => SignedLedger.OfAsync(ledger, _folder.FullName, _artifacts);

    /// <returns>The position of the last event of it.</returns>
    private Task<long> DecideAsync(string who, Func<Model?, IReadOnlyList<IEvent>> decide, Guid? run = null) =>
        ledger.Store.HandleAsync(Model.Stream(_name), Model.Evolve, decide, new EventContext(who, run, Correlation: Guid.CreateVersion7()));

    private async Task DeployAsync(string? alias)
    {
        var model = (await ledger.Store.FoldAsync<Model>(Model.Stream(_name), Model.Evolve)).State!;
        await ledger.Store.HandleAsync<Deployment>(Deployment.Stream(_deployment), Deployment.Evolve, state => Deployment.Activate(state, _deployment, model, model.Versions[1], alias, "dora", "for the shop"), new EventContext("dora"));
        await ledger.SeenAsync();
    }

    /// <summary>A run that trains, evaluates and lets its gate decide.</summary>
    private async Task PromoteAsync(int version)
    {
        var model = await _artifacts.PutFolderAsync(into => File.WriteAllTextAsync(Path.Combine(into, "model.safetensors"), $"weights {version} of {_name}"));
        var facts = new PipelineFacts(RunId.Create());
        facts.Submitted("ada");
        facts.Trained(PipelineFacts.Scratch, model);
        var evaluation = facts.Evaluated(facts.Played(new(PolicyKind.Model, model), 2, 2).Id, model);
        _evaluations.Add(evaluation);
        await ledger.HappenedAsync(facts.All);
        await DecideAsync("service:registry", state => Model.Promote(state, new(facts.Run, "9.promote", 1), new PromoteWork(_name, Alias, [], [new("final", evaluation)], [], "none", 0.05),
            [(new CandidateDecision("current", model, Passed: true, [$"version {version} is better"]), 1)], state?.Length ?? 0, "ada"), facts.Run.Value);
    }
}
