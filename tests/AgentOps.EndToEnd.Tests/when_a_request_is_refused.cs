using System.Net;
using System.Text;
using static AgentOps.Tests.Answer;

namespace AgentOps.EndToEnd.Tests;

[Collection(OneStack.Name)]
public sealed class when_a_request_is_refused(Stack stack) : IAsyncLifetime
{
    private const string Nothing = "00000000-0000-0000-0000-000000000000";
    private long _head;

    public async Task InitializeAsync()
    {
        // What other tests set off is over, so that every further event would be this test's.
        await stack.EndOfAsync(await stack.UndisturbedAsync());
        _head = await stack.Facts.HeadAsync();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public static readonly TheoryData<string, string, int, string?> Files = new()
    {
        { "a word where a pipeline belongs", "nonsense", 1, null },
        { "YAML that is none", "apiVersion: agentops/v1\nsteps: [", 2, null },
        { "an unknown key", "apiVersion: agentops/v1\nname: x\ncolour: red\n", 3, "colour" },
        { "an unknown environment", Edited("environment: maze", "environment: moon"), 5, "environment" },
        { "an unknown policy", Edited("policy: expert", "policy: wizard"), 8, "policy" },
        { "a key said twice", Edited("seed: 11", "seed: 11\nseed: 12"), 5, "seed" },
        { "a number out of range", Edited("episodes: 60", "episodes: -1"), 8, "episodes" },
        { "a text nested a hundred thousand deep", new string('[', 100_000), 1, null },
        { "a text of aliases that would multiply", "a: &a [x, x]\nb: [*a, *a]\n", 1, null },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public async Task A_pipeline_file_that_cannot_run_is_refused_with_its_line_and_key(string what, string file, int line, string? key)
    {
        var problem = AssertProblem(await stack.Admin.SubmitAsync(file), HttpStatusCode.BadRequest, "pipeline-file");
        Assert.True(problem.GetProperty("line").GetInt32() == line, $"{what}: {problem}");
        Assert.Equal(key, problem.TryGetProperty("key", out var named) ? named.GetString() : null);
        await AssertNothingWrittenAsync();
    }

    [Theory]
    [InlineData("/api/v1/runs")]
    [InlineData("/api/v1/keys")]
    [InlineData("/api/v1/deployments")]
    public async Task A_body_of_100_MB_is_refused_before_it_is_read(string path)
    {
        AssertProblem(await stack.Admin.SendAsync(HttpMethod.Post, path, HundredMegabytes()), HttpStatusCode.RequestEntityTooLarge, "too-large");
        await AssertNothingWrittenAsync();
    }

    [Fact]
    public async Task A_chat_request_of_100_MB_is_refused_before_it_is_read()
    {
        var answer = (await stack.Admin.SendAsync(HttpMethod.Post, "/v1/chat/completions", HundredMegabytes())).Is(HttpStatusCode.RequestEntityTooLarge);
        Assert.Equal("body_too_large", answer.Json.GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_chat_passes_the_gateway_up_to_what_serving_reads_and_other_calls_keep_their_limit()
    {
        var spoken = await stack.Admin.PostAsync("/v1/chat/completions", new { model = "small-agent@production", messages = new[] { new { role = "user", content = new string('x', 7 << 20) } } });
        Assert.Equal("context_length_exceeded", spoken.Is(HttpStatusCode.BadRequest).Json.GetProperty("error").GetProperty("code").GetString());

        AssertProblem(await stack.Admin.PostAsync("/api/v1/keys", new { name = new string('x', 2 << 20), role = "viewer" }), HttpStatusCode.RequestEntityTooLarge, "too-large");
        await AssertNothingWrittenAsync();
    }

    [Theory]
    [InlineData("/api/v1/keys", "{\"name\": ")]
    [InlineData("/api/v1/deployments", "{\"model\": ")]
    public async Task Json_nested_a_thousand_deep_is_refused(string path, string start)
    {
        var body = new StringContent(start + new string('[', 1000) + new string(']', 1000) + "}", Encoding.UTF8, "application/json");
        AssertProblem(await stack.Admin.SendAsync(HttpMethod.Post, path, body), HttpStatusCode.BadRequest, "malformed-request");
        await AssertNothingWrittenAsync();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("ao-wrong")]
    public async Task Without_a_key_in_force_nothing_is_answered(string? key)
    {
        var nobody = stack.With(key);
        AssertProblem(await nobody.GetAsync("/api/v1/runs"), HttpStatusCode.Unauthorized, "unauthorized");
        AssertProblem(await nobody.SubmitAsync(Runs.File("small-loop.yaml")), HttpStatusCode.Unauthorized, "unauthorized");
        AssertProblem(await nobody.PostAsync("/v1/chat/completions", new { }), HttpStatusCode.Unauthorized, "unauthorized");
        await AssertNothingWrittenAsync();
    }

    [Fact]
    public async Task A_viewer_may_look_and_not_touch_and_a_revoked_key_may_nothing()
    {
        var key = (await stack.Admin.PostAsync("/api/v1/keys", new { name = "a viewer", role = "viewer" })).Is(HttpStatusCode.Created).Json;
        var viewer = stack.With(key.GetProperty("key").GetString());
        _head = await stack.Facts.HeadAsync();

        (await viewer.GetAsync("/api/v1/runs")).Is(HttpStatusCode.OK);
        AssertProblem(await viewer.SubmitAsync(Runs.File("small-loop.yaml")), HttpStatusCode.Forbidden, "forbidden");
        AssertProblem(await viewer.PostAsync("/api/v1/deployments", new { model = "small-agent@production" }), HttpStatusCode.Forbidden, "forbidden");
        AssertProblem(await viewer.GetAsync("/api/v1/keys"), HttpStatusCode.Forbidden, "forbidden");
        AssertProblem(await viewer.GetAsync("/api/v1/ledger/export"), HttpStatusCode.Forbidden, "forbidden");
        AssertProblem(await viewer.PostAsync("/api/v1/ledger/rotations", new { }), HttpStatusCode.Forbidden, "forbidden");
        await AssertNothingWrittenAsync();

        (await stack.Admin.SendAsync(HttpMethod.Delete, $"/api/v1/keys/{key.GetProperty("id").GetString()}")).Is(HttpStatusCode.NoContent);
        AssertProblem(await viewer.GetAsync("/api/v1/runs"), HttpStatusCode.Unauthorized, "unauthorized");
    }

    [Theory]
    [InlineData($"/api/v1/runs/{Nothing}", "unknown-run")]
    [InlineData($"/api/v1/runs/{Nothing}/events", "unknown-run")]
    [InlineData($"/api/v1/trajectories/{Nothing}", "unknown-trajectory")]
    [InlineData($"/api/v1/datasets/{Nothing}", "unknown-data-set")]
    [InlineData("/api/v1/models/nobody", "unknown-model")]
    [InlineData("/api/v1/models/nobody/versions/1", "unknown-model-version")]
    [InlineData("/api/v1/models/nobody/versions/1/lineage", "unknown-model-version")]
    [InlineData("/api/v1/deployments/nobody", "unknown-deployment")]
    [InlineData("/api/v1/lineage/sha256:0000000000000000000000000000000000000000000000000000000000000000", "unknown-artifact")]
    public async Task What_is_not_there_is_not_found(string path, string kind)
    {
        AssertProblem(await stack.Admin.GetAsync(path), HttpStatusCode.NotFound, kind);
        await AssertNothingWrittenAsync();
    }

    [Theory]
    [InlineData("/api/v1/nothing-of-the-kind")]
    [InlineData("/api/v1/runs/not-an-id")]
    public async Task A_path_that_is_not_there_is_a_problem_as_well(string path) =>
        AssertProblem(await stack.Admin.GetAsync(path), HttpStatusCode.NotFound, "unknown-path");

    [Fact]
    public async Task A_method_that_a_path_does_not_take_and_a_body_that_is_no_json_are_problems_as_well()
    {
        AssertProblem(await stack.Admin.SendAsync(HttpMethod.Delete, "/api/v1/keys"), HttpStatusCode.MethodNotAllowed, "method-not-allowed");
        AssertProblem(await stack.Admin.SendAsync(HttpMethod.Post, "/api/v1/deployments", new StringContent("x")), HttpStatusCode.UnsupportedMediaType, "media-type");
        AssertProblem(await stack.Admin.PostAsync("/api/v1/keys", new { name = "x", role = "emperor" }), HttpStatusCode.BadRequest, "malformed-request");
        AssertProblem(await stack.Admin.PostAsync("/api/v1/keys", new { name = "x", role = "viewer", colour = "red" }), HttpStatusCode.BadRequest, "malformed-request");
        AssertProblem(await stack.Admin.PostAsync("/api/v1/keys", new { name = "a:b", role = "viewer" }), HttpStatusCode.BadRequest, "key-name");
        await AssertNothingWrittenAsync();
    }

    [Theory]
    [InlineData("/api/v1/lineage/sha256:12", "digest")]
    [InlineData("/api/v1/trajectories?verdict=splendid", "verdict")]
    public async Task A_wrong_parameter_is_named(string path, string kind)
    {
        AssertProblem(await stack.Admin.GetAsync(path), HttpStatusCode.BadRequest, kind);
        await AssertNothingWrittenAsync();
    }

    [Fact]
    public async Task An_alias_moves_only_for_who_knows_where_it_is()
    {
        var facts = await stack.EndOfAsync(await stack.UndisturbedAsync());
        var version = Assert.Single(facts.Of<Contracts.PromotionDecided>()).Version!.Value;
        var alias = "/api/v1/models/small-agent/aliases/canary";

        AssertProblem(await MoveAsync(alias, version, expected: null), HttpStatusCode.PreconditionRequired, "alias-expectation-missing");
        AssertProblem(await MoveAsync(alias, version, expected: "\"99\""), HttpStatusCode.PreconditionFailed, "alias-moved");
        AssertProblem(await MoveAsync(alias, version, expected: "yesterday"), HttpStatusCode.BadRequest, "if-match");
        AssertProblem(await MoveAsync(alias, 1_000_000, expected: "\"0\""), HttpStatusCode.NotFound, "unknown-model-version");
        AssertProblem(await MoveAsync("/api/v1/models/nobody/aliases/canary", 1, expected: "\"0\""), HttpStatusCode.NotFound, "unknown-model-version");
        await AssertNothingWrittenAsync();

        (await MoveAsync(alias, version, expected: "\"0\"")).Is(HttpStatusCode.OK);
        AssertProblem(await MoveAsync(alias, version, expected: "\"0\""), HttpStatusCode.PreconditionFailed, "alias-moved");
    }

    [Fact]
    public async Task Cancelling_what_is_over_is_a_conflict()
    {
        AssertProblem(await stack.Admin.PostAsync($"/api/v1/runs/{await stack.UndisturbedAsync()}/cancel", new { }), HttpStatusCode.Conflict, "run-is-over");
        await AssertNothingWrittenAsync();
    }

    [Theory]
    [InlineData("{\"model\":\"nobody\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}", HttpStatusCode.NotFound, "model_not_found")]
    [InlineData("{\"model\":\"small-agent@production\",\"messages\":[]}", HttpStatusCode.BadRequest, "invalid_value")]
    [InlineData("{\"model\":", HttpStatusCode.BadRequest, "invalid_json")]
    public async Task A_chat_request_is_refused_in_openais_words(string body, HttpStatusCode status, string code)
    {
        var answer = (await stack.Admin.SendAsync(HttpMethod.Post, "/v1/chat/completions", new StringContent(body, Encoding.UTF8, "application/json"))).Is(status);
        Assert.Equal(code, answer.Json.GetProperty("error").GetProperty("code").GetString());
        await AssertNothingWrittenAsync();
    }

    private static ByteArrayContent HundredMegabytes() => new(new byte[100_000_000]) { Headers = { ContentType = new("application/json") } };

    private Task<Answer> MoveAsync(string alias, int version, string? expected) =>
        stack.Admin.SendAsync(HttpMethod.Put, alias, Api.Json(new { version }), expected is null ? [] : [("If-Match", expected)]);

    private async Task AssertNothingWrittenAsync() => Assert.Empty(await stack.Facts.WrittenAfterAsync(_head));

    private static string Edited(string from, string to) => Runs.File("small-loop.yaml").Replace(from, to, StringComparison.Ordinal);
}
