namespace AgentOps.Contracts.Tests;

public sealed class ModelFilesTests
{
    private static readonly RunId Run = RunId.From(new Guid("0197f3a0-1c00-7000-8000-000000000001"));

    private static readonly TrainingCompleted Made = new(TrainingId.Of(Run, "base"), new(Run, "base", 1), new ImportWork("/models/small"), Digest.Of("model"u8), 0, 0,
        new Dictionary<string, double>(), new("cpu", "AVX512", 2, "1.13.1", "10.0.0", "shim"), "1", null);

    [Fact]
    public void A_models_files_are_named_in_the_event_that_made_it()
    {
        ModelFile[] files = [new("config.json", Digest.Of("{}"u8)), new("model.safetensors", Digest.Of("weights"u8))];

        Assert.Equal(files, Made.Naming(files).Files!);
    }

    [Fact]
    public void Files_that_have_no_room_in_an_event_are_not_named_and_the_event_stays_one()
    {
        // {"name":"00000.safetensors","digest":"sha256:<64>"} and a comma: 112 bytes, so that 560 take 62,720 bytes and 600 would take 67,200.
        var all = Enumerable.Range(0, 600).Select(i => new ModelFile($"{i:D5}.safetensors", Digest.Of([1]))).ToArray();

        var named = Made.Naming(all[..560]);

        Assert.Equal(560, named.Files!.Count);
        Assert.InRange(AllEvents.Registry.Write(named).Length, 560 * 112, 65_536 - 1024);
        Assert.Same(Made, Made.Naming(all));
    }
}
