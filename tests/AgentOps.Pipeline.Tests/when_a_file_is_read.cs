using AgentOps.Contracts;

namespace AgentOps.Pipeline.Tests;

public sealed class when_a_file_is_read
{
    public static TheoryData<string> Samples => [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "pipelines"), "*.yaml").Select(file => Path.GetFileName(file))];

    [Theory]
    [MemberData(nameof(Samples))]
    public void The_sample_files_can_be_run(string file)
    {
        var specification = PipelineFile.Read(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "pipelines", file)));

        Assert.Equal(Path.GetFileNameWithoutExtension(file), specification.Name);
        Assert.All(Sample.WorksOf(specification), work => Assert.NotNull(work.Work));
    }

    [Fact]
    public void Every_default_is_filled_in()
    {
        var specification = Sample.Read("  - generate: {policy: expert, split: train, episodes: 8}\n");

        Assert.Equal(0, specification.Seed);
        Assert.Equal(new ScratchModel(), specification.Base.Scratch);
        Assert.Equal(new GenerateStep("expert", "train", 8, 1, "same", 1.0) { Deadline = TimeSpan.FromMinutes(30), Attempts = 3 }, specification.Steps[0]);
    }

    [Fact]
    public void A_folder_of_Hugging_Faces_layout_may_be_the_base() => Assert.Equal(
        new BaseSpecification(HuggingFace: "/models/Qwen/Qwen3-0.6B", Adapter: "/models/lora"),
        Sample.WithBase("{huggingface: /models/Qwen/Qwen3-0.6B, adapter: /models/lora}").Base);

    [Fact]
    public void JSON_is_read_like_YAML()
    {
        const string json = """
            {"apiVersion":"agentops/v1","name":"small","environment":"maze","base":{"scratch":{"copyTokens":"200k"}},
            	"steps":[{"generate":{"policy":"expert","split":"train","episodes":8}},
             {"train":{"method":"sft","learningRate":2e-3,"tokens":900000},"as":"sft","deadline":"90s"}]}
            """;
        var specification = PipelineFile.Read(json);

        Assert.Equal(200_000, specification.Base.Scratch!.CopyTokens);
        var train = Assert.IsType<TrainStep>(specification.Steps[1]);
        Assert.Equal((0.002, 900_000L, "sft", TimeSpan.FromSeconds(90)), (train.Options.LearningRate, train.Options.Tokens, train.As, train.Deadline));
    }

    [Theory]
    [InlineData("900k", 900_000)]
    [InlineData("1.5m", 1_500_000)]
    [InlineData("2m", 2_000_000)]
    [InlineData("12", 12)]
    [InlineData("1e3", 1_000)]
    [InlineData("\"7k\"", 7_000)]
    public void Whole_numbers_may_be_shortened(string written, long expected)
    {
        var specification = Sample.Read($"  - generate: {{policy: expert, split: train, episodes: 8}}\n  - train: {{method: sft, tokens: {written}}}\n");

        Assert.Equal(expected, ((TrainStep)specification.Steps[1]).Options.Tokens);
    }

    [Theory]
    [InlineData("30s", 30)]
    [InlineData("10m", 600)]
    [InlineData("1.5h", 5400)]
    public void Durations_have_a_unit(string written, int seconds)
    {
        var specification = Sample.Read($"  - generate: {{policy: expert, split: train, episodes: 8}}\n    deadline: {written}\n");

        Assert.Equal(TimeSpan.FromSeconds(seconds), specification.Steps[0].Deadline);
    }

    [Fact]
    public void A_registered_model_may_be_the_base()
    {
        var specification = PipelineFile.Read(Sample.Head.Replace("{scratch: {}}", "{model: maze-agent@production}") + "  - generate: {policy: base, split: train, episodes: 8}\n");

        Assert.Equal(new BaseSpecification(Model: "maze-agent@production"), specification.Base);
    }

    [Fact]
    public void The_gate_is_read_condition_by_condition() =>
        Assert.Equal(
            [new GateCondition("final", "success", ">", "sft", "success"), new GateCondition("final", "invalidRate", "<=", "sft", "invalidRate")],
            GateGrammar.Parse("final.success > sft.success and final.invalidRate<=sft.invalidRate"));

    [Fact]
    public void Comments_and_block_style_are_YAML_too()
    {
        var specification = Sample.Read("""
              # gather
              - generate:
                  policy: expert     # the scripted one
                  split: train
                  episodes: 8
            """);

        Assert.Equal(8, Assert.IsType<GenerateStep>(specification.Steps[0]).Episodes);
    }
}
