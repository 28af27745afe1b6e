using AgentOps.Tests;

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

    [Fact]
    public async Task Two_ways_to_each_run_that_others_were_based_upon_are_not_walked_one_by_one()
    {
        Base(levels: 60, versions: 2);

        var evidence = await Task.Run(() => _bundle.Verified()).WaitAsync(Patience.Limit);

        Assert.Contains(evidence.Lineage, node => node.Reference is { Kind: "training", Id: "rft" });
    }

    [Fact]
    public void A_thousand_runs_each_based_upon_the_one_before_need_no_more_of_the_stack_than_one()
    {
        Base(levels: 1_000, versions: 1);
        Evidence? evidence = null;
        var small = new Thread(() => evidence = _bundle.Verified(), maxStackSize: 256 << 10);

        small.Start();
        small.Join();

        Assert.Equal(1_001, evidence!.Lineage.Count(node => node.Reference.Kind == "run"));
    }

    [Theory]
    [InlineData(1_000, true)]
    [InlineData(1_001, false)]
    public void A_chain_of_retries_is_read_as_far_as_anybody_has_tried(int retries, bool isRead)
    {
        EvidenceReference Retry(int n) => new("run", n == 0 ? "r" : $"retry-{n}");
        foreach (var n in Enumerable.Range(1, retries))
            _bundle.Add($"run-retry-{n}", "run.submitted.v1", [new("person", "ada"), Retry(n - 1)], [Retry(n)]);
        Register("agent:8", run: Retry(retries).Id);
        _bundle.Listed = [.. _bundle.Listed.Union(_bundle.Log.Where(e => e.Type == "run.submitted.v1").Select(e => e.Position)).Order()];

        if (isRead)
            Assert.Equal(1 + retries, _bundle.Verified().Lineage.Count(node => node.Reference.Kind == "run"));
        else
            Assert.StartsWith("Run retry-1001 goes back to more than 1000 runs", Refused(), StringComparison.Ordinal);
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

    /// <summary>Runs of which each was submitted with versions that the one before had registered, all of the same model; the bundle is about one of the last run's.</summary>
    private void Base(int levels, int versions)
    {
        var first = _bundle.Log.Count;
        var named = Versions(0, 1);
        for (var level = 1; level <= levels; level++)
        {
            _bundle.Run = $"level-{level}";
            _bundle.Add($"run-{_bundle.Run}", "run.submitted.v1", [new("person", "ada"), new("model", _bundle.Model), .. named], [new("run", _bundle.Run)]);
            named = Versions(level, level == levels ? 1 : versions);
            foreach (var version in named)
                _bundle.Add("model-agent", "model.version-registered.v1", [new("model", _bundle.Model), new("run", _bundle.Run)], [version], ("digest", _bundle.Model));
        }
        _bundle.Subject = named[0];
        _bundle.Listed = [.. _bundle.Listed.Where(position => _bundle.At(position).Type is not ("model.promotion-decided.v1" or "evaluation.planned.v1" or "evaluation.completed.v1") && _bundle.At(position).Stream != "training-eto"),
            .. _bundle.Log.Skip(first).Select(e => e.Position)];
    }

    private static EvidenceReference[] Versions(int level, int count) => [.. Enumerable.Range(1, count).Select(n => new EvidenceReference("model-version", level == 0 ? "agent:1" : $"agent:{10 * level + n}"))];

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
