using AgentOps.Contracts;
using AgentOps.Registry;
using AgentOps.Tests;

namespace AgentOps.Registry.Tests;

[Collection(OneLineageLedger.Name)]
public sealed class WhatALineageSaysOfAModel(LineageLedger ledger)
{
    private readonly PipelineFacts _run = new(RunId.Create());
    private readonly Digest _base = Some();
    private readonly Digest _model = Some();
    private readonly string _name = $"agent-{Guid.NewGuid():N}";

    [Fact]
    public async Task A_models_node_has_settings_seed_and_machine_of_its_training_and_no_other_node_has()
    {
        Registered();

        var lineage = await OfAsync();

        var making = Assert.Single(lineage.Nodes.Single(node => node.Reference == Reference.Model(_model)).Makings!);
        var work = Assert.IsType<TrainWork>(making.Work);
        Assert.Equal(("sft", 1000, 1), (work.Method, work.Options.Tokens, work.Seed));
        Assert.Equal(("cpu", "avx2", 2, "2.9"), (making.Machine.Device, making.Machine.CpuCapability, making.Machine.Threads, making.Machine.Libtorch));
        Assert.IsType<ScratchWork>(Assert.Single(lineage.Nodes.Single(node => node.Reference == Reference.Model(_base)).Makings!).Work);
        Assert.All(lineage.Nodes.Where(node => node.Reference.Kind != ReferenceKind.Model), node => Assert.Null(node.Makings));
    }

    [Fact]
    public async Task A_judgements_node_names_its_judges_in_their_versions_and_downstream_of_a_version_is_the_model()
    {
        Registered();
        var judge = new Reference(ReferenceKind.Judge, $"rules/{_name}");

        var lineage = await OfAsync(new JudgementCompleted(_judgement, new(_run.Run, "3.judge", 1), 2, 0, 0, Judges: ["environment/1", judge.Id]));

        Assert.Equal([new(ReferenceKind.Judge, "environment/1"), judge], lineage.Nodes.Single(node => node.Reference == Reference.To(ReferenceKind.Judgement, _judgement)).Inputs!.Where(input => input.Kind == ReferenceKind.Judge));
        Assert.Null(lineage.Nodes.Single(node => node.Reference == judge).Events);
        var downstream = await new DownstreamWalk(ledger.Db, judge, membership: null).WalkAsync(CancellationToken.None);
        Assert.Contains(downstream.Nodes, node => node.Reference == ModelEvents.Version(_name, 1));
    }

    private JudgementId _judgement;

    private void Registered()
    {
        _run.Submitted("ada");
        _run.Trained(PipelineFacts.Scratch, _base);
        var (generation, trajectories) = _run.Played(new(PolicyKind.Expert), 2, 2);
        _judgement = _run.Judged(generation, trajectories, 2);
        var data = Some();
        _run.Trained(_base, _run.Built(generation, _judgement, _base, data, Some(), 2), data, _model);
        _run.Registered(_name, 1, _model);
    }

    private async Task<Lineage> OfAsync(params IEvent[] further)
    {
        await ledger.HappenedAsync(_run.All);
        await ledger.HappenedAsync(further.Select(fact => new PipelineFact("judge", _judgement.Stream(), _run.Run, fact)));
        await ledger.SeenAsync();
        return await new LineageGraph(ledger.Db).WalkAsync(ModelEvents.Version(_name, 1), CancellationToken.None);
    }

    private static Digest Some() => Digest.Of(Guid.NewGuid().ToByteArray());
}
