namespace AgentOps.Contracts.Tests;

public sealed class NameBasedGuidTests
{
    [Fact]
    public void The_same_parts_always_give_the_same_id()
    {
        // Computed apart with Python: uuid.uuid5(uuid.UUID('6f2b1c1e-6f0e-5d0a-9a53-2f1d7b7c8e44'), 'generation\x1frun\x1f1.generate').
        Assert.Equal(new Guid("040b3807-9924-5e99-8fd6-e81498c87a68"), NameBasedGuid.Of("generation", "run", "1.generate"));
        // uuid.uuid5(the same, 'ü\x1f').
        Assert.Equal(new Guid("34b16467-cbdf-5d53-b1a8-3f741c81c702"), NameBasedGuid.Of("ü", ""));
    }

    [Fact]
    public void An_id_says_that_it_is_of_version_5_and_the_RFCs_variant()
    {
        var text = NameBasedGuid.Of("a").ToString();

        Assert.Equal('5', text[14]);
        Assert.Contains(text[19], "89ab");
    }

    [Fact]
    public void Parts_do_not_run_into_each_other() =>
        Assert.NotEqual(NameBasedGuid.Of("ab", "c"), NameBasedGuid.Of("a", "bc"));

    [Fact]
    public void A_generation_lands_on_itself_whatever_the_attempt()
    {
        var run = RunId.Create();

        Assert.Equal(GenerationId.Of(run, "1.generate", "expert"), GenerationId.Of(run, "1.generate", "expert"));
        Assert.NotEqual(GenerationId.Of(run, "1.generate", "expert"), GenerationId.Of(run, "2.generate", "expert"));
        Assert.NotEqual(TrainingId.Of(run, "1").Value, EvaluationId.Of(run, "1").Value);
    }

    [Fact]
    public void An_id_names_its_stream_and_is_read_back()
    {
        var run = new RunId(new Guid("0197f3a0-1c00-7000-8000-000000000001"));

        Assert.Equal("run-0197f3a0-1c00-7000-8000-000000000001", run.Stream());
        Assert.Equal(run, Identifiers.Parse<RunId>(run.ToString()));
        Assert.Throws<FormatException>(() => Identifiers.Parse<RunId>("x"));
    }
}
