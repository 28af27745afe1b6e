using System.Diagnostics;
using System.Text.Json;
using AgentOps.Contracts;
using AgentOps.Torch;

namespace AgentOps.Learning.Tests;

/// <summary>Trainings whose steps are taken by this process and another one, which is really started.</summary>
public sealed class Trainings_of_several_processes : IDisposable
{
    private readonly Folders _folders = new();
    private readonly string _start;

    public Trainings_of_several_processes()
    {
        _start = _folders.New();
        using var policy = Tiny.Policy();
        policy.Save(_start);
    }

    public void Dispose() => _folders.Dispose();

    [Theory]
    [InlineData("sft", 2)]
    [InlineData("sft", 3)]
    [InlineData("sft weighted", 2)]
    [InlineData("sft near its base", 2)]
    [InlineData("sft with observations", 2)]
    [InlineData("dpo", 2)]
    [InlineData("kto", 2)]
    [InlineData("lora", 2)]
    public void Several_take_the_steps_that_one_takes(string training, int processes)
    {
        var (one, alone) = Trained(training, null);
        var (several, together) = Trained(training, processes);

        Assert.True(alone.Count >= 8, $"{alone.Count} steps are few.");
        Assert.Equal(alone.Select(report => (report.Step, report.Steps, report.Tokens)), together.Select(report => (report.Step, report.Steps, report.Tokens)));
        foreach (var (expected, actual) in alone.Zip(together))
            // Before the first step a margin is 0 to rounding, and the sign of that is nobody's.
            foreach (var (name, value) in expected.Metrics.Where(metric => expected.Step > 1 || metric.Key != "pairAccuracy"))
                Assert.True(Math.Abs(value - actual.Metrics[name]) <= 1e-4 * (1 + Math.Abs(value)), $"{name} of step {expected.Step} is {actual.Metrics[name]}, of one process {value}.");
        // AdamW moves a weight by its gradient's sign where the gradient is next to nothing, so rounding may move one by a step of 1e-3.
        Tiny.Close(one, several, 1e-3);
    }

    [Fact]
    public void As_many_processes_give_the_same_bytes_also_after_an_interruption()
    {
        var (state, first, again, resumed) = (_folders.New(), _folders.New(), _folders.New(), _folders.New());
        Run("dpo", 2, null, (job, report) =>
        {
            if (report.Step == 3)
                job.SaveState(state);
        }, first);
        Run("dpo", 2, null, (_, _) => { }, again);
        Run("dpo", 2, state, (_, report) => Assert.True(report.Step > 3, $"Step {report.Step} was taken again."), resumed);

        Assert.Equal(Bytes(first), Bytes(again));
        Assert.Equal(Bytes(first), Bytes(resumed));
    }

    [Fact]
    public void One_that_dies_ends_the_training_with_a_sentence_and_leaves_nothing_running()
    {
        var work = Work("sft", 3);
        var processes = TrainingProcesses.Start(work, _start, Lines("sft"), null, threads: 1);
        var ids = processes.Others.Select(process => process.Id).ToArray();
        using (processes)
        using (var job = TrainingJob.Open(work, _start, Lines("sft"), processes: processes.Group))
        {
            var refused = Assert.ThrowsAny<TorchException>(() =>
            {
                foreach (var report in job.Run())
                    if (report.Step == 2)
                        Process.GetProcessById(ids[1]).Kill();
            });
            Assert.DoesNotContain("Timed out", refused.Message, StringComparison.Ordinal);
            Assert.Matches("^Process 3 of the training's 3 ended with exit code 137.$", processes.Ended());
        }

        Assert.All(ids, id => Assert.False(Directory.Exists($"/proc/{id}"), $"Process {id} is still there."));
    }

    [Fact]
    public void One_whose_starter_is_gone_ends_by_itself()
    {
        // A process that is killed leaves its pipes closed, and says nothing else to those it started.
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "AgentOps.Learning.dll")]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var request = new TrainingProcess.Request(Work("sft", 2), _start, null, Path.Combine(_folders.New(), "meeting"), Rank: 1, Size: 2, Threads: 1, Lines("sft"));
        process.StandardInput.WriteLine(JsonSerializer.Serialize(request, EventRegistry.Json));
        process.StandardInput.Flush();
        Assert.Equal(TrainingProcess.Ready, process.StandardOutput.ReadLine());
        // It waits for the first process now, which never comes.
        Assert.False(process.HasExited);

        process.StandardInput.Close();

        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(60)), "It still waits.");
    }

    [Fact]
    public void What_a_service_reaches_others_with_is_not_passed_on()
    {
        string[] secrets = ["ConnectionStrings__ledger", "AGENTOPS_SERVICE_KEY", "AGENTOPS_SUBJECT_KEYS"];
        foreach (var name in secrets)
            Environment.SetEnvironmentVariable(name, "a secret");
        try
        {
            using var processes = TrainingProcesses.Start(Work("sft", 2), _start, Lines("sft"), null, threads: 1);

            var environment = File.ReadAllText($"/proc/{processes.Others[0].Id}/environ");
            Assert.Contains("PATH=", environment, StringComparison.Ordinal);
            Assert.DoesNotContain("a secret", environment, StringComparison.Ordinal);
        }
        finally
        {
            foreach (var name in secrets)
                Environment.SetEnvironmentVariable(name, null);
        }
    }

    [Fact]
    public void One_that_cannot_begin_is_told_of()
    {
        var nowhere = Path.Combine(_folders.New(), "nowhere");
        using var processes = TrainingProcesses.Start(Work("sft", 2), nowhere, Lines("sft"), null, threads: 1);

        Assert.Contains("nowhere", processes.Ended(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_work_of_several_is_not_trained_by_one()
    {
        Assert.Contains("of 2 processes, and there are 1", Assert.Throws<ArgumentException>(() => TrainingJob.Open(Work("sft", 2), _start, Lines("sft"))).Message, StringComparison.Ordinal);
        Assert.Contains("on the device cpu, not on cuda:0", Assert.Throws<ArgumentException>(() => TrainingJob.Open(Work("sft", 2), _start, Lines("sft"), device: TorchSharp.torch.device("cuda:0"))).Message, StringComparison.Ordinal);
        Assert.Contains("'processes' must lie between 1 and 16, not at 17", Assert.Throws<ArgumentException>(() => TrainingJob.Open(Work("sft", 17), _start, Lines("sft"))).Message, StringComparison.Ordinal);
    }

    private (float[] Weights, List<StepReport> Reports) Trained(string training, int? processes)
    {
        var (model, reports) = (_folders.New(), new List<StepReport>());
        Run(training, processes, null, (_, report) => reports.Add(report), model);
        using var policy = Policy.Load(model);
        return (Tiny.Weights(policy), reports);
    }

    private void Run(string training, int? count, string? state, Action<TrainingJob, StepReport> after, string model)
    {
        var (work, lines) = (Work(training, count), Lines(training));
        using var processes = count is null ? null : TrainingProcesses.Start(work, _start, lines, state, threads: 1);
        using var job = TrainingJob.Open(work, _start, lines, state, processes: processes?.Group);
        foreach (var report in job.Run())
            after(job, report);
        job.SaveModel(model);
    }

    // A batch of 40 tokens holds few sequences, some of them a single one: fewer than processes.
    private static TrainWork Work(string training, int? processes)
    {
        var options = new TrainOptions(Epochs: 2, LearningRate: 1e-3, BatchTokens: training is "dpo" ? 90 : 40, Processes: processes);
        return new(training.Split(' ')[0] is "lora" ? "sft" : training.Split(' ')[0], Digest.Of("model"u8), default, Digest.Of("data"u8), training switch
        {
            "sft near its base" => options with { KlWeight = 0.5, L2Weight = 0.1 },
            "sft with observations" => options with { ObservationWeight = 0.5 },
            "lora" => options with { Adapter = new(Lora: new(2, 4)) },
            _ => options,
        }, Seed: 7);
    }

    private static string[] Lines(string training) => training switch
    {
        "dpo" => Tiny.Lines(Tiny.Pairs(12)),
        "kto" => Tiny.Lines(Tiny.Labelled(14)),
        "sft weighted" => Tiny.Lines([.. Tiny.Sequences(14).Select((sequence, i) => i % 2 == 0 ? sequence : sequence with { Weights = [0.25, 1] })]),
        _ => Tiny.Lines(Tiny.Sequences(14)),
    };

    private static byte[] Bytes(string folder) => File.ReadAllBytes(Path.Combine(folder, "model.safetensors"));
}
