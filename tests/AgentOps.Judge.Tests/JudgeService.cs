using System.Net.Http.Headers;
using AgentOps.Contracts;
using AgentOps.Environments;
using AgentOps.Hosting;
using AgentOps.Judge;
using AgentOps.Ledger;
using AgentOps.Subjects;
using Microsoft.Extensions.DependencyInjection;

namespace AgentOps.Judge.Tests;

/// <summary>The service itself on a PostgreSQL and a RabbitMQ of its own, and runs in which an expert and somebody who only ever goes north have played.</summary>
public sealed class JudgeService : IAsyncLifetime
{
    private const string Environment = "maze/1";
    private ServiceInfrastructure _infrastructure = null!;

    public LedgerStore Ledger => _infrastructure.Ledger;

    public SubjectKeys Subjects => _infrastructure.Service.Services.GetRequiredService<SubjectKeys>();

    public async Task InitializeAsync()
    {
        _infrastructure = await ServiceInfrastructure.StartAsync();
        var host = ServiceHost.Create(_infrastructure.Settings("judge"), "judge");
        host.UseSubjectKeys();
        host.Services.AddSingleton<Questions>().AddSingleton<Comparisons>().AddSingleton<OpenReviews>();
        host.UseQueue<JudgementConsumer>(Topology.Judge);
        host.UseQueue<ShardConsumer>(Topology.JudgeShards);
        host.UseView(ReviewView.Definition);
        await _infrastructure.StartAsync(host, app => app.MapReviews());
    }

    public async Task DisposeAsync() => await _infrastructure.DisposeAsync();

    /// <summary>A run, and the generation of its first step: of each task the expert's episode and one that does not solve it.</summary>
    /// <param name="subject">Whose data it is; null: nobody's.</param>
    public async Task<(RunId Run, GenerationId Generation)> PlayedAsync(int tasks, string? subject = null, RunSubmitted? submitted = null)
    {
        var run = submitted?.Run ?? RunId.Create();
        await AppendAsync("pipeline", run, run.Stream(), submitted ?? new RunSubmitted(run, new("test", 1, "maze", new(Scratch: new()), []), "admin"));
        var generation = GenerationId.Of(run, "1.generate", "expert");
        TrajectoryRecorded[] played = [.. Enumerable.Range(0, tasks).SelectMany(task => (TrajectoryRecorded[])[Episode(run, generation, task, 0), Episode(run, generation, task, 1)])];
        foreach (var one in played)
            await AppendAsync("generator", run, one.Trajectory.Stream(), subject is null ? one : Subjects.ToWrite(subject).Encrypt(subject, one));
        await AppendAsync("generator", run, generation.Stream(), new ShardCompleted(generation, 0,
            [.. played.Select(t => new TrajectorySummary(t.Trajectory, t.Task, t.TaskType, t.Sample, t.Outcome, t.Reward, t.Turns.Count, 0))]));
        return (run, generation);
    }

    public async Task<JudgementId> RequestAsync(RunId run, string path, StepWork work, int attempt = 1)
    {
        await AppendAsync("pipeline", run, run.Stream(), new StepRequested(new(run, path, attempt), null, work, DateTimeOffset.UtcNow + TimeSpan.FromHours(1)));
        return JudgementId.Of(run, path);
    }

    public Task AppendAsync(string service, RunId run, string stream, params IEvent[] facts) => _infrastructure.AppendAsync(service, run, stream, facts);

    public Task<T> NextAsync<T>(string stream, Func<T, bool> which) where T : class, IEvent => _infrastructure.NextAsync(stream, which);

    public async Task<List<T>> FactsAsync<T>(string stream) where T : IEvent => await Ledger.ReadStreamAsync(stream).Select(stored => stored.Data).OfType<T>().ToListAsync();

    /// <summary>The API as the gateway passes it on for a person.</summary>
    public async Task<Answer> SendAsync(string person, HttpMethod method, string path, object? body = null, Role role = Role.Reviewer)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(method, new Uri(new Uri(_infrastructure.Service.Urls.First()), path)) { Content = body is null ? null : Api.Json(body) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", new InternalToken(ServiceInfrastructure.ServiceKey, TimeProvider.System).Sign(new(person, role)));
        using var response = await http.SendAsync(request);
        return new(response.StatusCode, response.Content.Headers.ContentType?.MediaType, response.Headers, await response.Content.ReadAsStringAsync());
    }

    public Task<Answer> AnswerAsync(string person, ReviewId review, object answer) => SendAsync(person, HttpMethod.Post, $"/api/v1/reviews/{review}", answer);

    public async Task<List<Guid>> OpenAsync(string person, RunId run, string state = "open") =>
        [.. (await SendAsync(person, HttpMethod.Get, $"/api/v1/reviews?run={run}&state={state}")).Json.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetGuid())];

    private static TrajectoryRecorded Episode(RunId run, GenerationId generation, int index, int sample)
    {
        var task = TaskId.Parse($"maze/train/{index}");
        var world = Catalogue.Find("maze").Create();
        var seen = world.Reset(task).Text;
        var turns = new List<RecordedTurn>();
        var reward = 0.0;
        for (var (turn, done) = (0, false); !done && turn < (sample == 0 ? 100 : 2); turn++)
        {
            var action = sample == 0 ? world.ExpertAction() : "go north";
            var outcome = world.Step(action);
            turns.Add(new(seen, action, outcome.Invalid));
            (seen, done, reward) = (outcome.Observation.Text, outcome.Done, reward + outcome.Reward);
        }
        return new(TrajectoryId.Of(generation, task.ToString(), sample), generation, run, task.ToString(), world.TaskType, sample, Environment, new(PolicyKind.Expert), 1, 1,
            sample == 0 ? EpisodeOutcome.Scored : EpisodeOutcome.Truncated, null, reward, turns, null);
    }
}

[CollectionDefinition(Name)]
public sealed class OneJudge : ICollectionFixture<JudgeService>
{
    public const string Name = "judge";
}
