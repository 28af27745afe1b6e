namespace AgentOps.Proofs.Tests;

/// <summary>A data set of pairs that people compared, and a model that learned from it.</summary>
public sealed class comparisons_in_a_bundle : IDisposable
{
    private static readonly EvidenceReference Run = new("run", "compared");
    private static readonly EvidenceReference Comparison = new("judgement", "c");
    private static readonly EvidenceReference Dataset = new("dataset", "pairs");
    private readonly SampleBundle _bundle = new();

    public comparisons_in_a_bundle()
    {
        _bundle.Datasets.Clear();
        _bundle.Run = Run.Id;
        _bundle.Add("run-compared", "run.submitted.v1", [new("person", "ada")], [Run]);
        _bundle.Add("judgement-c", "judgement.comparison-planned.v1", [Run], [Comparison]);
        foreach (var pair in (string[])["first", "second"])
            _bundle.Add("judgement-c-0", "judgement.pair-compared.v1", [new("person", "grace")], [Comparison], ("task", pair));
        _bundle.Add("judgement-c", "judgement.comparison-completed.v1", [], [Comparison], ("decided", 1), ("tied", 1), ("unusable", 0));
        _bundle.Add("dataset-pairs", "dataset.built.v1", [Comparison], [Dataset]);
        _bundle.Add("training-t", "training.queued.v1", [Dataset, Run], [new("training", "t")]);
        _bundle.Add("training-t", "training.completed.v1", [new("training", "t")], [new("model", _bundle.Model)]);
        _bundle.Add("model-agent", "model.version-registered.v1", [new("model", _bundle.Model), Run], [new("model-version", "agent:9")], ("digest", _bundle.Model));
        _bundle.Subject = new("model-version", "agent:9");
        _bundle.Listed = [.. _bundle.Log.Where(e => e.Run == Run.Id).Select(e => e.Position)];
    }

    [Fact]
    public void They_are_proved_with_the_people_who_made_them()
    {
        var compared = Assert.Single(_bundle.Verified().Lineage, node => node.Reference == Comparison);

        Assert.Equal(2, compared.Events.Count(e => e.Type == "judgement.pair-compared.v1"));
        Assert.Contains(new("person", "grace"), compared.Inputs);
    }

    [Theory]
    [InlineData("judgement.comparison-planned.v1", "The bundle has no judgement.comparison-planned.v1 of judgement c: its lineage is not whole.")]
    [InlineData("judgement.comparison-completed.v1", "The bundle has no judgement.comparison-completed.v1 of judgement c: its lineage is not whole.")]
    [InlineData("judgement.pair-compared.v1", "The bundle has 1 of the 2 verdicts of judgement c: its lineage is not whole.")]
    public void None_of_their_events_can_be_left_out(string type, string sentence)
    {
        _bundle.Listed.Remove(_bundle.PositionOf(type));

        Assert.Equal(sentence, Assert.Throws<EvidenceRefusedException>(() => _bundle.Verified()).Message);
    }

    public void Dispose() => _bundle.Dispose();
}
