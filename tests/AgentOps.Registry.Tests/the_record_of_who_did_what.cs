using System.Net;
using System.Text.Json;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using AgentOps.Tests;

namespace AgentOps.Registry.Tests;

/// <summary>What bob and grace decided about an alias and a deployment, among what services did.</summary>
[Collection(OneModelsService.Name)]
public sealed class the_record_of_who_did_what(ModelsService models) : IAsyncLifetime
{
    private static readonly Digest Weights = Digest.Of("weights"u8);
    private readonly RunId _run = RunId.Create();
    private readonly ServiceInfrastructure _infrastructure = models.Infrastructure;
    private readonly string _name = $"agent-{Guid.NewGuid():N}";

    public async Task InitializeAsync()
    {
        await _infrastructure.AppendAsync("registry", _run, Model.Stream(_name), new ModelVersionRegistered(_name, 1, Weights, _run, "sft"));
        // What a service did in its own streams is no decision.
        await _infrastructure.AppendAsync("evaluator", _run, EvaluationId.Of(_run, "8.evaluate").Stream(), new EvaluationFailed(EvaluationId.Of(_run, "8.evaluate"), new(_run, "8.evaluate", 1), "no episodes"));
        await DecideAsync("root", model => AliasMoves.SetPolicy(model, _name, "production", new(Approvals: 1), "root"));
        await DecideAsync("bob", model => Model.MoveAlias(model, _name, "production", 1, 0, "bob", "the release"));
        await DecideAsync("grace", model => AliasMoves.Approve(model, _name, "production", 1, "grace", "the figures hold"));
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData("/api/v1/audit/record?actor=%00")]
    [InlineData("/api/v1/models?cursor=%00")]
    [InlineData("/api/v1/deployments?cursor=%00")]
    public async Task What_nobody_can_be_called_is_a_bad_request(string path) =>
        Answer.AssertProblem(await _infrastructure.AskAsync(Role.Viewer, HttpMethod.Get, path), HttpStatusCode.BadRequest, "malformed-request");

    [Fact]
    public async Task It_has_every_decision_with_who_when_on_what_and_why_as_the_event_says_it()
    {
        var entries = await RecordAsync("");

        Assert.Equal(
            [
                ("service:registry", "model.version-registered.v1", ""), ("root", "model.alias-policy-set.v1", ""), ("bob", "model.alias-move-proposed.v1", "the release"),
                ("grace", "model.alias-move-approved.v1", "the figures hold"), ("grace", "model.alias-moved.v1", "the release"),
            ], entries.Select(entry => (Text(entry, "actor"), Text(entry, "type"), entry.GetProperty("data").TryGetProperty("reason", out var reason) ? reason.GetString()! : "")));
        var stored = await _infrastructure.Ledger.ReadStreamAsync(Model.Stream(_name)).ToListAsync();
        Assert.Equal(stored.Select(one => (one.Position, one.At)), entries.Select(entry => (entry.GetProperty("position").GetInt64(), entry.GetProperty("at").GetDateTimeOffset())));
        Assert.Empty(await RecordAsync("", EvaluationId.Of(_run, "8.evaluate").Stream()));
    }

    [Fact]
    public async Task Its_beginning_belongs_to_it_and_its_end_does_not()
    {
        // The approval and the move that came of it are one append.
        var times = (await RecordAsync("")).Select(entry => entry.GetProperty("at").GetDateTimeOffset()).ToList();

        Assert.Equal(3, (await RecordAsync($"?from={Time(times[2])}")).Count);
        Assert.Equal(2, (await RecordAsync($"?from={Time(times[2].AddMicroseconds(1))}")).Count);
        Assert.Equal(2, (await RecordAsync($"?to={Time(times[2])}")).Count);
        Assert.Equal(3, (await RecordAsync($"?to={Time(times[2].AddMicroseconds(1))}")).Count);
        Assert.Equal("bob", Text(Assert.Single(await RecordAsync($"?from={Time(times[2])}&to={Time(times[3])}")), "actor"));
        Assert.Empty(await RecordAsync($"?from={Time(times[2])}&to={Time(times[2])}"));
    }

    [Fact]
    public async Task Of_one_person_it_has_what_that_person_did() =>
        Assert.Equal(["model.alias-move-approved.v1", "model.alias-moved.v1"], (await RecordAsync("?actor=grace")).Select(entry => Text(entry, "type")));

    /// <param name="stream">Of which it is looked at; null: the model's.</param>
    private async Task<List<JsonElement>> RecordAsync(string query, string? stream = null) =>
        [.. (await _infrastructure.AskAsync(Role.Viewer, HttpMethod.Get, "/api/v1/audit/record" + query)).Is(HttpStatusCode.OK).Json.GetProperty("items").EnumerateArray().Where(entry => Text(entry, "stream") == (stream ?? Model.Stream(_name)))];

    private Task DecideAsync(string who, Func<Model?, IReadOnlyList<IEvent>> decide) =>
        _infrastructure.Ledger.HandleAsync(Model.Stream(_name), Model.Evolve, decide, new EventContext(who, Correlation: Guid.CreateVersion7()));

    private static string Time(DateTimeOffset at) => Uri.EscapeDataString(at.ToString("O"));

    private static string Text(JsonElement entry, string member) => entry.GetProperty(member).GetString()!;
}
