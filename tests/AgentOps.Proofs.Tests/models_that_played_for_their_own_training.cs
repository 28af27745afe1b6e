namespace AgentOps.Proofs.Tests;

/// <summary>An online training stores a policy, plays with it and goes on: that policy is a model that no training has completed.</summary>
public sealed class models_that_played_for_their_own_training : IDisposable
{
    private static readonly EvidenceReference Run = new("run", "online");
    private static readonly EvidenceReference Training = new("training", "online");
    private static readonly EvidenceReference Generation = new("generation", "own");
    private static readonly EvidenceReference Policy = new("model", "sha256:policy");
    private readonly SampleBundle _bundle = new();

    public models_that_played_for_their_own_training()
    {
        _bundle.Run = Run.Id;
        _bundle.Add("run-online", "run.submitted.v1", [new("person", "ada")], [Run]);
        _bundle.Add("training-online", "training.queued.v1", [Run], [Training]);
        _bundle.Add("training-online", "training.iteration-requested.v1", [Training], [Policy]);
        _bundle.Add("generation-own", "generation.planned.v1", [Run, Policy], [Generation], ("shards", 1));
        _bundle.Add("trajectory-o", "trajectory.recorded.v1", [Generation, Policy], [new("trajectory", "o")]);
        _bundle.Add("generation-own", "generation.shard-completed.v1", [new("trajectory", "o")], [Generation], ("shard", 0));
        _bundle.Add("generation-own", "generation.completed.v1", [], [Generation]);
    }

    [Fact]
    public void Their_bundle_proves_the_policy_by_the_iteration_that_stored_it()
    {
        Register(() => Complete(_bundle.Model));

        var policy = Assert.Single(_bundle.Verified().Lineage, node => node.Reference == Policy);
        Assert.Equal("training.iteration-requested.v1", Assert.Single(policy.Events).Type);
    }

    [Fact]
    public void Without_the_iteration_that_stored_it_the_bundle_is_refused()
    {
        Register(() => Complete(_bundle.Model));
        _bundle.Listed.Remove(_bundle.PositionOf("training.iteration-requested.v1"));

        Assert.Contains($"no training.completed.v1 of model {Policy.Id}", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_policy_that_is_registered_needs_a_training_that_completed_it()
    {
        Register(() => _bundle.Add("training-online", "training.iteration-requested.v1", [Training, Generation], [new("model", _bundle.Model)]));

        Assert.Contains($"no training.completed.v1 of model {_bundle.Model}", Refused(), StringComparison.Ordinal);
    }

    public void Dispose() => _bundle.Dispose();

    private void Complete(string model) => _bundle.Add("training-online", "training.completed.v1", [Training, Generation], [new("model", model)]);

    /// <summary>The bundle is about a version of what the run made.</summary>
    private void Register(Action make)
    {
        make();
        _bundle.Add("model-agent", "model.version-registered.v1", [new("model", _bundle.Model), Run], [new("model-version", "agent:9")], ("digest", _bundle.Model));
        _bundle.Subject = new("model-version", "agent:9");
        _bundle.Datasets.Clear();
        _bundle.Listed = [.. _bundle.Log.Where(e => e.Run == Run.Id).Select(e => e.Position)];
    }

    private string Refused() => Assert.Throws<EvidenceRefusedException>(() => _bundle.Verified()).Message;
}
