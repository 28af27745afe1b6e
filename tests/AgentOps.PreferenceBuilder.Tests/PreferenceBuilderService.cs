using System.Text;
using System.Text.Json;
using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Models;
using AgentOps.PreferenceBuilder;
using AgentOps.Tests;
using Microsoft.Extensions.DependencyInjection;

namespace AgentOps.PreferenceBuilder.Tests;

/// <summary>The service itself on a PostgreSQL and a RabbitMQ of its own, with two episodes of which the judges accepted one.</summary>
public sealed class PreferenceBuilderService : IAsyncLifetime
{
    private static readonly RunId Run = RunId.Create();
    private static readonly GenerationId Generation = GenerationId.Of(Run, "1.generate", "expert");
    private static readonly GenerationId Team = GenerationId.Of(Run, "1.generate", "team");
    private static readonly GenerationId Ties = GenerationId.Of(Run, "1.generate", "ties");
    private static readonly JudgementId Judgement = JudgementId.Of(Run, "2.judge");
    public static readonly BpeTokenizer Tokenizer = BpeTokenizer.Train(["go north", "you see a wall"], 290, ChatTokens.All);
    private readonly DirectoryInfo _model = Directory.CreateTempSubdirectory("preference-builder-tests-");
    private ServiceInfrastructure _infrastructure = null!;
    private Digest _tokenizer;

    /// <summary>Where the artifact store lies; null: in a folder of its own. It may be given before the start.</summary>
    public string? Artifacts { get; set; }

    private ArtifactStore Store => _infrastructure.Service.Services.GetRequiredService<ArtifactStore>();

    public async Task InitializeAsync()
    {
        _infrastructure = await ServiceInfrastructure.StartAsync();
        var host = ServiceHost.Create(_infrastructure.Settings("preference_builder", Artifacts), "preference-builder");
        host.Services.AddSingleton<Candidates>();
        host.Services.AddSingleton<MemberFiles>();
        host.UseSubjectKeys();
        host.UseQueue<DatasetConsumer>(Topology.PreferenceBuilder);
        await _infrastructure.StartAsync(host, app => app.MapMembers());
        Tokenizer.Save(Path.Combine(_model.FullName, "tokenizer.json"));
        var config = new ModelConfig { Family = ModelFamily.Qwen3, HiddenSize = 8, IntermediateSize = 8, Layers = 1, Heads = 1, KeyValueHeads = 1, HeadDim = 8, VocabularySize = 290, MaxPositions = 128 };
        await File.WriteAllBytesAsync(Path.Combine(_model.FullName, "config.json"), config.ToJson());
        _tokenizer = await Store.PutFolderAsync(_model.FullName);
        await PlayedAsync();
        await TeamPlayedAsync();
        await PlayedToTiesAsync();
    }

    public async Task DisposeAsync()
    {
        await _infrastructure.DisposeAsync();
        _model.Delete(recursive: true);
    }

    /// <summary>Asks for a data set of the two episodes and returns the answer.</summary>
    public Task<IEvent> AnswerAsync(string path, string strategy, DemonstrationOptions? demonstrations = null, bool successesOnly = false, string? role = null) =>
        AnswerAsync(path, new(strategy, [new("expert", Generation, Judgement, successesOnly)], _tokenizer, Demonstrations: demonstrations, Role: role));

    /// <summary>Asks for a data set of the team's two episodes.</summary>
    public Task<IEvent> AnswerOfTeamAsync(string path, string? role, DemonstrationOptions? demonstrations = null) =>
        AnswerAsync(path, new("sft", [new("team", Team, null, false)], _tokenizer, Demonstrations: demonstrations, Role: role));

    /// <summary>Asks for a data set of two episodes of each of two tasks, which nobody judged and of which none is better than the other.</summary>
    public Task<IEvent> AnswerOfTiesAsync(string path, string strategy) => AnswerAsync(path, new(strategy, [new("ties", Ties, null, false)], _tokenizer));

    private async Task<IEvent> AnswerAsync(string path, DatasetWork work)
    {
        var step = new StepKey(Run, path, 1);
        await _infrastructure.AppendAsync("pipeline", Run, Run.Stream(), new StepRequested(step, null, work, DateTimeOffset.UtcNow + TimeSpan.FromMinutes(5)));
        return await _infrastructure.NextAsync<IEvent>(DatasetId.Of(Run, path).Stream(), _ => true);
    }

    /// <summary>Asks for the pairs of a comparison of the solved episode of task 0 with the lost one of task 1, which nobody would compare: that they are of one task, Judge sees to.</summary>
    /// <param name="without">Reviewers who were withdrawn.</param>
    public async Task<IEvent> PairsAsync(string path, Preference preferred, params string[] without)
    {
        var comparison = JudgementId.Of(Run, path + ".compare");
        TrajectoryId Of(int task) => TrajectoryId.Of(Generation, $"maze/train/{task}", 0);
        await _infrastructure.AppendAsync("judge", Run, comparison.VerdictStream(0), new PairCompared(comparison, "maze/train/0", Of(1), Of(0), preferred, [new("ada", preferred)]));
        var withdrawals = without.Select(person => Reference.To(ReferenceKind.Person, person)).ToList();
        foreach (var person in withdrawals)
            await _infrastructure.AppendAsync("registry", Run, WithdrawalId.Of(person).Stream(), new Withdrawn(WithdrawalId.Of(person), person, "did not look", "admin", [], []));
        var work = new DatasetWork(PairStep.People, [new("expert", Generation, Judgement, false)], _tokenizer, withdrawals.Count > 0 ? [.. withdrawals.Select(WithdrawalId.Of)] : null, Comparison: comparison);
        await _infrastructure.AppendAsync("pipeline", Run, Run.Stream(), new StepRequested(new(Run, path, 1), null, work, DateTimeOffset.UtcNow + TimeSpan.FromMinutes(5)));
        return await _infrastructure.NextAsync<IEvent>(DatasetId.Of(Run, path).Stream(), _ => true);
    }

    /// <summary>As somebody whom the gateway has let through.</summary>
    public Task<Answer> AskAsync(string path) => new Api(new Uri(_infrastructure.Service.Urls.Single()), key: null).SendAsync(HttpMethod.Get, path, null,
        ("Authorization", $"Bearer {new InternalToken(ServiceInfrastructure.ServiceKey, TimeProvider.System).Sign(new("ada", Role.Viewer))}"));

    public async Task<List<T>> LinesAsync<T>(DatasetBuilt built) =>
        [.. Encoding.UTF8.GetString(await Store.ReadAsync(built.Data)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<T>(line, EventRegistry.Json)!)];

    /// <summary>In the first episode the worker, who has one turn between the planner's two, made a mistake; in the second it never had its turn. The planner's tokens of the first were sampled.</summary>
    private async Task TeamPlayedAsync()
    {
        var sampled = new SampledTokens([7, 8, 9, 10], [[1, 1], [3, 1]], [-0.5f, -0.5f], 1, 1);
        var artifact = await Store.PutAsync(JsonSerializer.SerializeToUtf8Bytes(sampled, EventRegistry.Json));
        var length = JsonSerializer.SerializeToUtf8Bytes(sampled, EventRegistry.Json).Length;
        TrajectoryRecorded Played(int task, RecordedTurn[] turns, IReadOnlyDictionary<string, TokenSlice>? tokens) => new(
            TrajectoryId.Of(Team, $"crew/train/{task}", 0), Team, Run, $"crew/train/{task}", "put", 0, "crew/1#abc", new(PolicyKind.Expert), 1, 1, EpisodeOutcome.Scored, null, 1, turns, null, RoleTokens: tokens);
        TrajectoryRecorded[] both =
        [
            Played(0, [new("you see a wall", "go north", false, "planner"), new("go on", "fly", true, "worker"), new("go on", "go north", false, "planner")], new Dictionary<string, TokenSlice> { ["planner"] = new(artifact, 0, length) }),
            Played(1, [new("you see a wall", "go south", false, "planner")], null),
        ];
        await RecordAsync(Team, both);
    }

    /// <summary>Both episodes of task 0 solved it, and both of task 1 did not; of each task they did something else.</summary>
    private Task PlayedToTiesAsync()
    {
        TrajectoryRecorded Played(int task, int sample, string action) => new(
            TrajectoryId.Of(Ties, $"maze/train/{task}", sample), Ties, Run, $"maze/train/{task}", "maze", sample, "maze/1#abc", new(PolicyKind.Expert), 1, 1, EpisodeOutcome.Scored, null, 1 - task,
            [new("you see a wall", action, false)], null);
        return RecordAsync(Ties, Played(0, 0, "go north"), Played(0, 1, "go south"), Played(1, 0, "go north"), Played(1, 1, "go south"));
    }

    /// <summary>Task 0 solved with one action that the environment did not understand, task 1 not solved.</summary>
    private async Task PlayedAsync()
    {
        TrajectoryRecorded Played(int task, double reward, params RecordedTurn[] turns) => new(
            TrajectoryId.Of(Generation, $"maze/train/{task}", 0), Generation, Run, $"maze/train/{task}", "maze", 0, "maze/1#abc", new(PolicyKind.Expert), 1, 1, EpisodeOutcome.Scored, null, reward, turns, null);
        var solved = Played(0, 1, new("you see a wall", "go north", false), new("go on", "fly", true));
        var lost = Played(1, 0, new RecordedTurn("you see a wall", "go south", false));
        await RecordAsync(Generation, solved, lost);
        await _infrastructure.AppendAsync("judge", Run, Judgement.VerdictStream(0),
            new TrajectoryJudged(Judgement, solved.Trajectory, Verdict.Accepted, []), new TrajectoryJudged(Judgement, lost.Trajectory, Verdict.Rejected, []));
        await _infrastructure.AppendAsync("judge", Run, Judgement.Stream(), new JudgementShardCompleted(Judgement, 0, 1, 1, 0));
    }

    private async Task RecordAsync(GenerationId generation, params TrajectoryRecorded[] played)
    {
        foreach (var trajectory in played)
            await _infrastructure.AppendAsync("generator", Run, trajectory.Trajectory.Stream(), trajectory);
        await _infrastructure.AppendAsync("generator", Run, generation.Stream(),
            new ShardCompleted(generation, 0, [.. played.Select(t => new TrajectorySummary(t.Trajectory, t.Task, t.TaskType, t.Sample, t.Outcome, t.Reward, t.Turns.Count, t.InvalidActions))]));
    }
}
