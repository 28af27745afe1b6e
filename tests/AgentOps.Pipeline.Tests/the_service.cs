using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using AgentOps.Contracts;
using AgentOps.Ledger;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentOps.Pipeline.Tests;

public sealed class the_service(PipelineService service) : IClassFixture<PipelineService>
{
    private static readonly string File = Sample.File("""
          - generate: {policy: expert, split: train, episodes: 4}
          - judge: {with: [environment]}
          - train: {method: sft}
            as: sft
          - evaluate: {split: test, episodes: 2, policies: [random, sft]}
            as: final
          - promote: {model: maze-agent, alias: production, candidates: [sft], when: final.success > random.success}
        """);

    [Fact]
    public async Task It_submits_a_file_and_shows_its_steps()
    {
        using var client = service.Client();
        using var answer = await client.PostAsync("/api/v1/runs", new StringContent(File));
        var id = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString();
        var run = await client.GetFromJsonAsync<JsonElement>(answer.Headers.Location);

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.Equal($"/api/v1/runs/{id}", answer.Headers.Location!.ToString());
        Assert.Equal(("queued", "small", "ada"), (run.GetProperty("status").GetString(), run.GetProperty("name").GetString(), run.GetProperty("submittedBy").GetString()));
        Assert.Equal(
            ["base queued", "1.generate pending", "2.judge pending", "3.train.dataset pending", "3.train pending", "4.evaluate pending", "5.promote pending"],
            run.GetProperty("steps").EnumerateArray().Select(s => $"{s.GetProperty("path").GetString()} {s.GetProperty("status").GetString()}"));
        var list = await client.GetFromJsonAsync<JsonElement>("/api/v1/runs");
        Assert.Contains(list.GetProperty("items").EnumerateArray(), r => r.GetProperty("id").GetString() == id);
    }

    [Fact]
    public async Task A_submission_repeated_under_its_key_is_one_run()
    {
        using var client = service.Client();
        var key = Guid.NewGuid().ToString();

        var first = await SubmitAsync(client, File, key);
        var second = await SubmitAsync(client, File, key);
        var other = await SubmitAsync(client, File.Replace("name: small", "name: other"), key);
        var fresh = await SubmitAsync(client, File, Guid.NewGuid().ToString());
        var without = await SubmitAsync(client, File, "");

        Assert.Equal(HttpStatusCode.Accepted, first.Status);
        Assert.Equal((HttpStatusCode.Accepted, first.Body.GetProperty("id").GetString()), (second.Status, second.Body.GetProperty("id").GetString()));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "urn:agentops:problem:idempotency-key-reused"), (other.Status, other.Body.GetProperty("type").GetString()));
        Assert.NotEqual(first.Body.GetProperty("id").GetString(), fresh.Body.GetProperty("id").GetString());
        Assert.Equal(HttpStatusCode.BadRequest, without.Status);
    }

    [Theory]
    [InlineData("  - generate: {policy: expert, split: train, episods: 4}", 6, "episods")]
    [InlineData("  - generate: {policy: nobody, split: train, episodes: 4}", 6, "policy")]
    public async Task It_refuses_a_file_with_line_and_key(string step, int line, string key)
    {
        using var client = service.Client();
        using var answer = await client.PostAsync("/api/v1/runs", new StringContent(Sample.File(step)));
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal((line, key, "urn:agentops:problem:pipeline-file"), (problem.GetProperty("line").GetInt32(), problem.GetProperty("key").GetString(), problem.GetProperty("type").GetString()));
    }

    [Fact]
    public async Task It_refuses_an_unknown_environment_and_a_base_that_is_not_registered()
    {
        using var client = service.Client();
        using var environment = await client.PostAsync("/api/v1/runs", new StringContent(File.Replace("environment: maze", "environment: chess")));
        using var model = await client.PostAsync("/api/v1/runs", new StringContent(File.Replace("{scratch: {}}", "{model: nobody@production}")));

        Assert.Equal(3, (await environment.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("line").GetInt32());
        Assert.Contains("nobody@production", (await model.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString());
    }

    [Fact]
    public async Task It_bounds_the_body_and_asks_for_a_role()
    {
        using var client = service.Client();
        using var large = await client.PostAsync("/api/v1/runs", new StringContent(new string('#', FileTree.MaxBytes + 1)));
        using var nobody = await service.Client(null).GetAsync("/api/v1/runs");
        using var viewer = await service.Client(Role.Viewer).PostAsync("/api/v1/runs", new StringContent(File));
        using var unknown = await client.PostAsync($"/api/v1/runs/{Guid.NewGuid()}/cancel", null);

        Assert.Equal(
            (HttpStatusCode.RequestEntityTooLarge, HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden, HttpStatusCode.NotFound),
            (large.StatusCode, nobody.StatusCode, viewer.StatusCode, unknown.StatusCode));
    }

    [Fact]
    public async Task It_leads_a_run_to_its_end_by_the_answers_in_the_ledger()
    {
        var run = await service.SubmitAsync(File);
        await new Answers(service, run).GiveAllAsync();
        await service.NextAsync<RunSucceeded>(run, _ => true);
        var shown = await service.ShowAsync(run);
        var steps = shown.GetProperty("steps").EnumerateArray().ToDictionary(s => s.GetProperty("path").GetString()!);

        Assert.Equal(("succeeded", "maze-agent:1"), (shown.GetProperty("status").GetString(), shown.GetProperty("model").GetString()));
        Assert.All(steps.Values, s => Assert.Equal("succeeded", s.GetProperty("status").GetString()));
        Assert.Equal("4/4 episodes", Progress(steps["1.generate"]));
        Assert.Equal("4/4 trajectories", Progress(steps["2.judge"]));
        Assert.Equal("10/10 steps", Progress(steps["3.train"]));
        Assert.Equal("4/4 episodes", Progress(steps["4.evaluate"]));
        Assert.Equal(0.25, steps["3.train"].GetProperty("metrics").GetProperty("loss").GetDouble());
        Assert.Equal(1, steps["3.train.dataset"].GetProperty("balance").GetProperty("filtered").GetInt32());
        Assert.Equal(0.5, steps["4.evaluate"].GetProperty("metrics").GetProperty("sft.success").GetDouble());
        Assert.Equal("sft", steps["4.evaluate"].GetProperty("report").GetProperty("policies")[1].GetProperty("name").GetString());
        Assert.Equal(1, steps["5.promote"].GetProperty("promotion").GetProperty("version").GetInt32());
    }

    [Fact]
    public async Task Its_view_comes_out_the_same_when_rebuilt()
    {
        var run = await service.SubmitAsync(File);
        await new Answers(service, run).GiveAllAsync();
        await service.NextAsync<RunSucceeded>(run, _ => true);
        await service.ShowAsync(run);

        var beside = await service.Services.GetRequiredKeyedService<Projection>(RunView.Name).RebuildAsOfAsync(await service.Ledger.HeadAsync());

        await using var connection = await service.Database.OpenConnectionAsync();
        foreach (var table in RunView.Definition.Tables)
            Assert.Equal(
                await connection.QueryAsync<string>($"SELECT t::text FROM pipeline.{table} t WHERE t::text LIKE '%{run}%' ORDER BY 1"),
                await connection.QueryAsync<string>($"SELECT t::text FROM {beside}.{table} t WHERE t::text LIKE '%{run}%' ORDER BY 1"));
    }

    [Fact]
    public async Task Its_event_stream_is_resumed_by_position_and_ends_with_the_run()
    {
        var run = await service.SubmitAsync(File);
        using var client = service.Client(Role.Viewer);
        var live = client.GetStringAsync($"/api/v1/runs/{run}/events");
        await new Answers(service, run).GiveAllAsync();
        var events = Ids(await live);
        client.DefaultRequestHeaders.Add("Last-Event-ID", events[4].Id);
        var resumed = Ids(await client.GetStringAsync($"/api/v1/runs/{run}/events"));
        client.DefaultRequestHeaders.Remove("Last-Event-ID");
        client.DefaultRequestHeaders.Add("Last-Event-ID", events[^1].Id);
        using var after = await client.GetAsync($"/api/v1/runs/{run}/events");

        Assert.Equal(("run.submitted.v1", "run.succeeded.v1"), (events[0].Type, events[^1].Type));
        Assert.Contains(events, e => e.Type == "generation.shard-completed.v1");
        Assert.Equal(events.Skip(5), resumed);
        Assert.Equal(HttpStatusCode.NoContent, after.StatusCode);
    }

    [Fact]
    public async Task A_passed_deadline_asks_again_and_a_passed_grace_period_ends_a_cancelled_run()
    {
        var run = await service.SubmitAsync(File);
        await service.ShowAsync(run);
        var clock = new Clock { Now = DateTimeOffset.UtcNow };
        using var sweeper = new DeadlineSweeper(service.Ledger, service.Database, clock, NullLogger<DeadlineSweeper>.Instance);
        clock.Now += TimeSpan.FromMinutes(31);
        await sweeper.SweepAsync();
        var again = await service.NextAsync<StepRequested>(run, r => r.Step.Attempt == 2);

        using var client = service.Client();
        using var cancelled = await client.PostAsync($"/api/v1/runs/{run}/cancel", null);
        Assert.Equal("cancelling", (await service.ShowAsync(run)).GetProperty("status").GetString());
        await sweeper.SweepAsync();
        await service.NextAsync<RunCancelled>(run, _ => true);
        var shown = await service.ShowAsync(run);

        Assert.Equal(new StepKey(run, "base", 2), again.Step);
        Assert.Equal("cancelled", shown.GetProperty("status").GetString());
        Assert.Equal("cancelled", shown.GetProperty("steps")[0].GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_retry_takes_over_what_is_finished_and_shows_its_figures()
    {
        var first = await service.SubmitAsync(File);
        await new Answers(service, first) { FailAt = "4.evaluate" }.GiveAllAsync();
        await service.NextAsync<RunFailed>(first, _ => true);

        using var client = service.Client();
        var key = Guid.NewGuid().ToString();
        var second = Identifiers.Parse<RunId>((await SubmitAsync(client, "", key, $"?retryOf={first}")).Body.GetProperty("id").GetString()!);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await SubmitAsync(client, File, key)).Status);
        await new Answers(service, second).GiveAllAsync();
        await service.NextAsync<RunSucceeded>(second, _ => true);
        var steps = (await service.ShowAsync(second)).GetProperty("steps").EnumerateArray().ToDictionary(s => s.GetProperty("path").GetString()!);

        Assert.Equal((0, 1), (steps["3.train"].GetProperty("attempt").GetInt32(), steps["4.evaluate"].GetProperty("attempt").GetInt32()));
        Assert.Equal(0.25, steps["3.train"].GetProperty("metrics").GetProperty("loss").GetDouble());
        Assert.Equal("10/10 steps", Progress(steps["3.train"]));
    }

    [Fact]
    public async Task A_retry_that_takes_over_a_promotion_shows_the_model_and_nobody_promotes_it_again()
    {
        var first = await service.SubmitAsync(File + "\n  - evaluate: {split: dev, episodes: 2, policies: [sft]}\n");
        await new Answers(service, first) { FailAt = "6.evaluate" }.GiveAllAsync();
        await service.NextAsync<RunFailed>(first, _ => true);

        var second = await service.SubmitAsync("", $"?retryOf={first}");
        await new Answers(service, second).GiveAllAsync();
        await service.NextAsync<RunSucceeded>(second, _ => true);
        var shown = await service.ShowAsync(second);
        var promotion = shown.GetProperty("steps").EnumerateArray().Single(s => s.GetProperty("path").GetString() == "5.promote");

        Assert.Equal("maze-agent:1", shown.GetProperty("model").GetString());
        Assert.Equal((0, 1), (promotion.GetProperty("attempt").GetInt32(), promotion.GetProperty("promotion").GetProperty("version").GetInt32()));
    }

    [Fact]
    public async Task A_reproduction_that_is_asked_for_again_with_its_key_is_the_one_that_there_is()
    {
        var first = await service.SubmitAsync(File);
        await new Answers(service, first).GiveAllAsync();
        await service.NextAsync<RunSucceeded>(first, _ => true);
        var model = (ModelOutput)(await service.NextAsync<StepCompleted>(first, e => e.Step.Path == "3.train")).Output;
        using var client = service.Client();
        Task<(HttpStatusCode Status, JsonElement Body)> Reproduce(string key, string from) => SubmitAsync(client, "", key, $"/{first}/reproduce?model={model.Model}&from={from}");

        var asked = await Reproduce("once", "training");
        var again = await Reproduce("once", "training");

        Assert.Equal((HttpStatusCode.Accepted, HttpStatusCode.Accepted), (asked.Status, again.Status));
        Assert.Equal(asked.Body.GetProperty("id").GetGuid(), again.Body.GetProperty("id").GetGuid());
        Assert.NotEqual(asked.Body.GetProperty("id").GetGuid(), (await Reproduce("twice", "training")).Body.GetProperty("id").GetGuid());
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Reproduce("once", "generation")).Status);
    }

    private static string Progress(JsonElement step)
    {
        var progress = step.GetProperty("progress");
        return $"{progress.GetProperty("done")}/{progress.GetProperty("total")} {progress.GetProperty("unit").GetString()}";
    }

    private static List<(string Id, string Type)> Ids(string stream) =>
        [.. stream.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Where(e => e.StartsWith("id: ", StringComparison.Ordinal)).Select(e => e.Split('\n')).Select(l => (l[0][4..], l[1][7..]))];

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public override DateTimeOffset GetUtcNow() => Now;
    }

    private static async Task<(HttpStatusCode Status, JsonElement Body)> SubmitAsync(HttpClient client, string file, string key, string query = "")
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "/api/v1/runs" + query) { Content = new StringContent(file), Headers = { { "Idempotency-Key", key } } };
        using var answer = await client.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>());
    }
}
