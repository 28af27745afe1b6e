using System.Diagnostics;
using System.Text;
using System.Text.Json;
using AgentOps.Contracts;
using AgentOps.Tests;

namespace AgentOps.Trainer.Tests;

[Collection(OneTrainer.Name)]
public sealed class when_a_training_has_several_processes(TrainerService trainer)
{
    [Fact]
    public async Task It_completes_and_leaves_none_running()
    {
        var completed = Assert.IsType<TrainingCompleted>(await trainer.AnswerAsync(await WorkAsync("several", epochs: 2)));

        // Six sequences of 20 tokens, two of them in a step, twice over.
        Assert.Equal((6, 240L), (completed.OptimizerSteps, completed.Tokens));
        Assert.Equal(2, Assert.IsType<TrainWork>(completed.Work).Options.Processes);
        await NobodyIsLeftAsync();
    }

    [Fact]
    public async Task One_that_is_killed_ends_the_attempt_and_the_next_may_go_on()
    {
        var run = RunId.Create();
        var answer = trainer.AnswerAsync(await WorkAsync("killed", epochs: 1000), run);
        await trainer.ProgressedAsync(run);
        Process.GetProcessById(Assert.Single(Others())).Kill();

        var failed = Assert.IsType<TrainingFailed>(await answer);

        Assert.Matches(@"\AProcess 2 of the training's 2 ended with exit code 137[^\n]*\.\z", failed.Reason);
        Assert.True(failed.Retryable);
        await NobodyIsLeftAsync();
    }

    private async Task<TrainWork> WorkAsync(string name, int epochs)
    {
        var start = await trainer.Store.PutFolderAsync(TinyModel.Save(Path.Combine(trainer.Models, name), seed: 5));
        var lines = Enumerable.Range(0, 6).Select(i => JsonSerializer.Serialize(new TokenSequence($"maze/train/{i}", 0, [.. Enumerable.Range(0, 20).Select(k => 4 + (k + i) % 250)], [[2, 3]]), EventRegistry.Json));
        var data = await trainer.Store.PutAsync(Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"));
        return new("sft", start, DatasetId.Of(RunId.Create(), "base"), data, new TrainOptions(Epochs: epochs, BatchTokens: 40, Processes: 2), Seed: 1);
    }

    private static Task NobodyIsLeftAsync() => Patience.UntilAsync("the end of the second process", () => Task.FromResult(Others() is { Length: 0 } none ? none : null));

    /// <summary>Those that this process started and that live.</summary>
    private static int[] Others() =>
    [
        .. from folder in Directory.GetDirectories("/proc")
           let id = int.TryParse(Path.GetFileName(folder), out var number) ? number : 0
           where id > 0 && Read($"{folder}/stat") is { } stat && stat[(stat.LastIndexOf(')') + 2)..].Split(' ') is var fields && fields[0] != "Z" && fields[1] == $"{Environment.ProcessId}"
           where Read($"{folder}/cmdline")?.Contains("AgentOps.Learning.dll", StringComparison.Ordinal) == true
           select id,
    ];

    private static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return null;
        }
    }
}
