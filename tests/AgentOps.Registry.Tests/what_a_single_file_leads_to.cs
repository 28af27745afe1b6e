using AgentOps.Contracts;
using AgentOps.Registry;
using AgentOps.Tests;

namespace AgentOps.Registry.Tests;

[Collection(OneLineageLedger.Name)]
public sealed class WhatASingleFileLeadsTo(LineageLedger ledger)
{
    private readonly PipelineFacts _run = new(RunId.Create());
    private readonly Digest _weights = Some();
    private readonly Digest _tokenizer = Some();
    private readonly Digest _model = Some();
    private readonly string _name = $"agent-{Guid.NewGuid():N}";

    [Fact]
    public async Task The_weights_lead_to_every_version_that_has_them_and_to_all_that_these_are_made_of()
    {
        _run.Submitted("ada");
        _run.Trained(PipelineFacts.Scratch, _model, new("model.safetensors", _weights), new("tokenizer.json", _tokenizer));
        _run.Registered(_name, 1, _model);
        _run.Registered(_name, 2, Some());
        _run.Registered(_name, 3, _model);

        var lineage = await OfAsync(_weights);

        var file = lineage!.Nodes[0];
        Assert.Equal((Reference.Artifact(_weights), lineage.Root), (file.Reference, file.Reference));
        Assert.Equal([ModelEvents.Version(_name, 1), ModelEvents.Version(_name, 3)], file.Inputs!);
        Assert.Equal(["model.safetensors"], file.Names!);
        Assert.Equal("training.completed.v1", Assert.Single(file.Events!).Type);
        var versions = await new LineageGraph(ledger.Db).WalkAsync(ModelEvents.Version(_name, 1), CancellationToken.None);
        Assert.Subset(lineage.Nodes.Select(node => node.Reference).ToHashSet(), versions.Nodes.Select(node => node.Reference).ToHashSet());
        Assert.True(lineage.Complete);
    }

    [Fact]
    public async Task A_file_that_several_models_share_leads_to_all_of_them_whether_registered_or_not()
    {
        var (other, unregistered) = (Some(), Some());
        _run.Submitted("ada");
        _run.Trained(PipelineFacts.Scratch, _model, new("model.safetensors", _weights), new("tokenizer.json", _tokenizer));
        _run.Trained(new ImportWork("/models/other"), other, new ModelFile("old/tokenizer.json", _tokenizer));
        _run.Trained(new ImportWork("/models/unregistered"), unregistered, new ModelFile("tokenizer.json", _tokenizer));
        _run.Registered(_name, 1, _model);
        _run.Registered(_name, 2, other);

        var file = (await OfAsync(_tokenizer))!.Nodes[0];

        Assert.Equal([ModelEvents.Version(_name, 1), ModelEvents.Version(_name, 2), Reference.Model(unregistered)], file.Inputs!);
        Assert.Equal(["tokenizer.json", "old/tokenizer.json"], file.Names!);
        Assert.Equal(3, file.Events!.Count);
    }

    [Fact]
    public async Task A_promotion_that_looked_at_a_model_is_no_version_that_has_its_files()
    {
        _run.Submitted("ada");
        _run.Trained(PipelineFacts.Scratch, _model, new ModelFile("model.safetensors", _weights));
        var winner = Some();
        _run.Registered(_name, 1, winner);
        _run.Promoted(_name, 1, EvaluationId.Of(_run.Run, "e"), winner, _model);

        Assert.Equal([Reference.Model(_model)], (await OfAsync(_weights))!.Nodes[0].Inputs!);
    }

    [Fact]
    public async Task A_file_that_no_event_names_leads_to_nothing()
    {
        _run.Submitted("ada");
        _run.Trained(PipelineFacts.Scratch, _model);

        Assert.Null(await OfAsync(_weights));
    }

    [Fact]
    public async Task The_longest_names_that_are_let_in_find_room_in_an_index()
    {
        // Three bytes each, and none like the other, so that nothing is saved by compressing them.
        string Some(int characters) => new([.. Enumerable.Range(0, characters).Select(_ => (char)Random.Shared.Next('\u4e00', '\u9fa5'))]);
        var name = string.Join('/', Enumerable.Range(0, 8).Select(_ => Some(85)));
        _run.Submitted("ada");
        _run.Trained(new ImportWork("/" + Some(799), "/" + Some(799)), _model, new ModelFile(name, _weights));

        Assert.Equal([name], (await OfAsync(_weights))!.Nodes[0].Names!);
    }

    private async Task<Lineage?> OfAsync(Digest file)
    {
        await ledger.HappenedAsync(_run.All);
        await ledger.SeenAsync();
        return await FileLineage.WalkAsync(ledger.Db, file, CancellationToken.None);
    }

    private static Digest Some() => Digest.Of(Guid.NewGuid().ToByteArray());
}
