namespace AgentOps.Proofs.Tests;

/// <summary>Several runs come to the same bytes; a bundle shows the making of the run that the version is of.</summary>
public sealed class whose_making_a_bundle_shows : IDisposable
{
    private static readonly EvidenceReference Others = new("run", "z");
    private readonly SampleBundle _bundle = new();

    [Fact]
    public void Another_runs_training_in_the_place_of_the_own_one_is_refused()
    {
        Train(Others, "z");
        string[] shown = ["run-r", "run-z", "training-z"];
        _bundle.Listed = [.. _bundle.Log.Where(e => shown.Contains(e.Stream)).Select(e => e.Position)];
        Register("agent:3", withMaking: false);

        Assert.Contains("Run r read model", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_runs_training_beside_the_own_one_is_foreign()
    {
        var whole = _bundle.Listed;
        Train(Others, "z");
        _bundle.Listed = [.. whole, .. _bundle.Log.Where(e => e.Stream is "run-z" or "training-z").Select(e => e.Position)];

        Assert.Contains("does not belong to the lineage", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_that_a_retried_run_made_is_its_own()
    {
        var retry = new EvidenceReference("run", "retry");
        _bundle.Add("run-retry", "run.submitted.v1", [new("person", "ada"), new("run", "r")], [retry]);
        Register("agent:4", run: "retry");

        Assert.Contains(_bundle.Verified().Lineage, node => node.Reference is { Kind: "training", Id: "rft" });
    }

    [Fact]
    public void A_model_that_was_the_registered_base_is_made_by_who_made_that_version()
    {
        Train(Others, "z");
        var based = new EvidenceReference("run", "based");
        _bundle.Add("run-based", "run.submitted.v1", [new("person", "ada"), new("model", _bundle.Model), new("model-version", "agent:1")], [based]);
        Register("agent:5", run: "based", own: [.. _bundle.Listed]);

        Assert.DoesNotContain(_bundle.Verified().Lineage, node => node.Reference == Others);
    }

    [Fact]
    public void What_was_imported_may_have_been_made_here_before_and_is_followed_there()
    {
        var import = new EvidenceReference("run", "import");
        _bundle.Add("run-import", "run.submitted.v1", [new("person", "eve")], [import]);
        _bundle.Run = "import";
        _bundle.Add("training-import", "training.queued.v1", [import, new("source", "huggingface:/m")], [new("training", "import")]);
        _bundle.Add("training-import", "training.completed.v1", [new("training", "import"), new("source", "huggingface:/m")], [new("model", _bundle.Model)]);
        Register("agent:6", run: "import");

        var lineage = _bundle.Verified().Lineage;
        Assert.Contains(lineage, node => node.Reference.Kind == "source");
        Assert.Contains(lineage, node => node.Reference is { Kind: "training", Id: "rft" });
    }

    [Fact]
    public void A_training_that_changed_nothing_keeps_what_it_began_with()
    {
        var again = new EvidenceReference("run", "again");
        _bundle.Add("run-again", "run.submitted.v1", [new("person", "ada"), new("model", _bundle.Model), new("model-version", "agent:1")], [again]);
        _bundle.Run = "again";
        _bundle.Add("training-again", "training.queued.v1", [again, new("model", _bundle.Model)], [new("training", "again")]);
        _bundle.Add("training-again", "training.completed.v1", [new("training", "again"), new("model", _bundle.Model)], [new("model", _bundle.Model)]);
        Register("agent:7", run: "again", own: [.. _bundle.Listed]);

        Assert.Contains(_bundle.Verified().Lineage, node => node.Reference is { Kind: "dataset", Id: "d" });
    }

    public void Dispose() => _bundle.Dispose();

    private void Train(EvidenceReference run, string name)
    {
        _bundle.Run = run.Id;
        _bundle.Add($"run-{run.Id}", "run.submitted.v1", [new("person", "zed")], [run]);
        _bundle.Add($"training-{name}", "training.queued.v1", [run], [new("training", name)]);
        _bundle.Add($"training-{name}", "training.completed.v1", [new("training", name)], [new("model", _bundle.Model)]);
        _bundle.Run = "r";
    }

    /// <summary>Makes the bundle one about a further version of the same model, with the first version's making without its promotion, and all of the run's own events.</summary>
    private void Register(string version, string run = "r", long[]? own = null, bool withMaking = true)
    {
        _bundle.Run = run;
        _bundle.Add("model-agent", "model.version-registered.v1", [new("model", _bundle.Model), new("run", run)], [new("model-version", version)], ("digest", _bundle.Model));
        _bundle.Subject = new("model-version", version);
        string[] decided = ["model.promotion-decided.v1", "model.version-registered.v1", "evaluation.planned.v1", "evaluation.completed.v1"];
        var making = withMaking ? own ?? _bundle.Listed.Where(position => !decided.Contains(_bundle.At(position).Type) && _bundle.At(position).Stream != "training-eto") : _bundle.Listed;
        var further = _bundle.Log.Where(e => e.Stream == $"run-{run}" || (e.Stream == $"training-{run}" && run != "r") || e.Position == _bundle.Log.Count).Select(e => e.Position);
        _bundle.Listed = [.. making.Union(further).Order()];
    }

    private string Refused() => Assert.Throws<EvidenceRefusedException>(() => _bundle.Verified()).Message;
}
