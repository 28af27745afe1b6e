using System.Text.Json;
using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Subjects;
using AgentOps.Tests;
using Microsoft.Extensions.DependencyInjection;

namespace AgentOps.Trainer.Tests;

/// <summary>The service itself on a PostgreSQL and a RabbitMQ of its own, asked as Pipeline asks it.</summary>
public sealed class TrainerService : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("trainer-tests-");
    private ServiceInfrastructure _infrastructure = null!;

    public TrainerService() => Artifacts = Path.Combine(_folder.FullName, "artifacts");

    /// <summary>Where the artifact store lies; another folder may be given before the start.</summary>
    public string Artifacts { get; set; }

    /// <summary>Where trainings run; another device may be given before the start.</summary>
    public string Device { get; set; } = "cpu";

    /// <summary>The one folder that models may be imported from.</summary>
    public string Models => Path.Combine(_folder.FullName, "models");

    /// <summary>A folder beside it.</summary>
    public string Outside => Path.Combine(_folder.FullName, "models-of-others");

    public ArtifactStore Store => _infrastructure.Service.Services.GetRequiredService<ArtifactStore>();

    public SubjectKeys Subjects => _infrastructure.Service.Services.GetRequiredService<SubjectKeys>();

    public async Task InitializeAsync()
    {
        Directory.CreateDirectory(Models);
        Directory.CreateDirectory(Outside);
        _infrastructure = await ServiceInfrastructure.StartAsync();
        var host = ServiceHost.Create([.. _infrastructure.Settings("trainer", Artifacts), $"--AGENTOPS_DEVICE={Device}"], "trainer");
        host.UseSubjectKeys();
        host.UseQueue<TrainingConsumer>(Topology.Trainer);
        host.Services.AddSingleton(new ModelImport(Models, host.Artifacts));
        host.Services.AddSingleton<WakeSignal>().AddHostedService<TrainingWorker>();
        host.UseView(TrainingView.Definition);
        await _infrastructure.StartAsync(host);
    }

    /// <summary>Asks for one attempt at a run's base and returns the answer to it.</summary>
    public async Task<IEvent> AnswerAsync(StepWork work, RunId? run = null, int attempt = 1)
    {
        var step = await AskAsync(work, run ?? RunId.Create(), attempt);
        return await _infrastructure.NextAsync<IEvent>(TrainingId.Of(step.Run, step.Path).Stream(),
            e => e is TrainingCompleted completed && completed.Step == step || e is TrainingFailed failed && failed.Step == step);
    }

    /// <summary>Asks for one attempt at a run's base.</summary>
    public async Task<StepKey> AskAsync(StepWork work, RunId run, int attempt = 1)
    {
        var step = new StepKey(run, "base", attempt);
        await AppendAsync(run, new StepRequested(step, null, work, DateTimeOffset.UtcNow + Deadline));
        return step;
    }

    /// <summary>What Pipeline says of a run.</summary>
    public Task AppendAsync(RunId run, IEvent fact) => _infrastructure.AppendAsync("pipeline", run, run.Stream(), fact);

    /// <summary>All that is said of the training of a run's base until it is cancelled.</summary>
    public async Task<IReadOnlyList<IEvent>> UntilCancelledAsync(RunId run)
    {
        await _infrastructure.NextAsync<TrainingCancelled>(TrainingId.Of(run, "base").Stream(), _ => true);
        return await _infrastructure.Ledger.ReadStreamAsync(TrainingId.Of(run, "base").Stream()).Select(stored => stored.Data).ToListAsync();
    }

    /// <summary>Answers an iteration of a run's base as Generator does where every episode broke.</summary>
    public async Task PlayNothingAsync(RunId run, int iteration, int attempt = 1)
    {
        var asked = await _infrastructure.NextAsync<IterationRequested>(TrainingId.Of(run, "base").Stream(), e => e.Iteration == iteration && e.Step.Attempt == attempt);
        var broken = Enumerable.Range(0, asked.Work.Episodes).Select(episode => new TrajectorySummary(
            TrajectoryId.From(NameBasedGuid.Of($"{asked.Generation}/{episode}")), $"maze/train/{episode / asked.Work.Samples}", "near", episode % asked.Work.Samples, EpisodeOutcome.Failed, null, 0, 0)).ToArray();
        await _infrastructure.AppendAsync("generator", run, asked.Generation.Stream(),
            new ShardCompleted(asked.Generation, 0, broken),
            new GenerationCompleted(asked.Generation, asked.Step, null, broken.Length, 0, 0, broken.Length, 0, Training: asked.Training));
    }

    /// <summary>Answers an iteration of a run's base as Generator does where every episode was played alike, to its limit.</summary>
    /// <param name="reward">Of every episode; null: one of each task was rewarded.</param>
    public async Task PlayAsync(RunId run, int iteration, SampledTokens said, double? reward = null)
    {
        var asked = await _infrastructure.NextAsync<IterationRequested>(TrainingId.Of(run, "base").Stream(), e => e.Iteration == iteration);
        var line = JsonSerializer.SerializeToUtf8Bytes(said, EventRegistry.Json);
        var tokens = new TokenSlice(await Store.PutAsync(line), 0, line.Length);
        RecordedTurn[] turns = [.. said.Trained.Select(_ => new RecordedTurn("a wall", "go", false))];
        TrajectoryRecorded[] played = [.. Enumerable.Range(0, asked.Work.Episodes).Select(episode => (Task: $"maze/train/{episode / asked.Work.Samples}", Sample: episode % asked.Work.Samples)).Select(of => new TrajectoryRecorded(
            TrajectoryId.Of(asked.Generation, of.Task, of.Sample), asked.Generation, run, of.Task, "near", of.Sample, "maze/1.0.0/sha256:00", asked.Work.Policy, 1, 1, EpisodeOutcome.Truncated, null, reward ?? (of.Sample == 0 ? 1 : 0), turns, tokens))];
        foreach (var trajectory in played)
            await _infrastructure.AppendAsync("generator", run, trajectory.Trajectory.Stream(), trajectory);
        await _infrastructure.AppendAsync("generator", run, asked.Generation.Stream(),
            new ShardCompleted(asked.Generation, 0, [.. played.Select(trajectory => new TrajectorySummary(trajectory.Trajectory, trajectory.Task, "near", trajectory.Sample, trajectory.Outcome, trajectory.Reward, turns.Length, 0))]),
            new GenerationCompleted(asked.Generation, asked.Step, null, played.Length, 0, played.Length, 0, 0, Training: asked.Training));
    }

    /// <summary>Returns when an online training of a run's base waits for its first episodes.</summary>
    public Task AskedForEpisodesAsync(RunId run) => _infrastructure.NextAsync<IterationRequested>(TrainingId.Of(run, "base").Stream(), _ => true);

    /// <summary>Returns when the training of a run's base has taken steps.</summary>
    public Task ProgressedAsync(RunId run) => _infrastructure.NextAsync<TrainingProgressed>(TrainingId.Of(run, "base").Stream(), _ => true);

    /// <summary>Appends what an earlier holder of a run's base left behind.</summary>
    public Task LeaveAsync(RunId run, params IEvent[] facts) => _infrastructure.AppendAsync("trainer", run, TrainingId.Of(run, "base").Stream(), facts);

    /// <summary>Asked for this work, the step fails with one sentence that says so, and the artifact store is as it was.</summary>
    public async Task<TrainingFailed> AssertRefusedAsync(StepWork work, string said)
    {
        var before = Stored();
        var failed = Assert.IsType<TrainingFailed>(await AnswerAsync(work));
        Assert.Contains(said, failed.Reason, StringComparison.Ordinal);
        Assert.Matches(@"\A[^\n]{10,500}\.\z", failed.Reason);
        Assert.Equal(before, Stored());
        return failed;

        string[] Stored() => [.. Directory.GetFiles(Artifacts, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
    }

    public async Task DisposeAsync()
    {
        await _infrastructure.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}

[CollectionDefinition(Name)]
public sealed class OneTrainer : ICollectionFixture<TrainerService>
{
    public const string Name = "one trainer";
}
