using System.Net;
using System.Text.Json;
using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Tests;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace AgentOps.Registry.Tests;

/// <summary>A model that learned from grace's data and was promoted by an evaluation that played with linus's.</summary>
public sealed class when_an_evaluation_has_episodes_of_what_is_withdrawn : IAsyncLifetime
{
    private const string Production = "/api/v1/models/agent/aliases/production";

    // The second is that of a folder with one file.
    private static readonly Digest Base = Digest.Of("base"u8), Learned = Digest.Of(Digest.Of("learned"u8).Bytes);
    private static readonly Reference Grace = Reference.To(ReferenceKind.Subject, "grace"), Linus = Reference.To(ReferenceKind.Subject, "linus");
    private readonly PipelineFacts _facts = new(RunId.Create());
    private ServiceInfrastructure _infrastructure = null!;
    private EvaluationId _withLinus, _withNobody;

    public async Task InitializeAsync()
    {
        _infrastructure = await ServiceInfrastructure.StartAsync();
        _facts.Submitted("ada");
        _facts.Trained(PipelineFacts.Scratch, Base);
        var (shown, trajectories) = _facts.Played(new(PolicyKind.Expert), 2, 2, subject: "grace");
        var data = _facts.Built(shown, _facts.Judged(shown, trajectories, 2), Base, Digest.Of("data"u8), Digest.Of("members"u8), 2);
        _facts.Trained(Base, data, Digest.Of("data"u8), Learned);
        _withLinus = _facts.Evaluated(_facts.Played(new(PolicyKind.Model, Learned), 2, 2, subject: "linus").Id, Learned);
        _withNobody = _facts.Evaluated(_facts.Played(new(PolicyKind.Model, Learned), 2, 2).Id, Learned, Base);
        _facts.Registered("agent", 1, Learned);
        _facts.Promoted("agent", 1, _withLinus, Learned);
        _facts.Deployed("talk", "agent", 1, Learned);
        foreach (var fact in _facts.All)
            await _infrastructure.AppendAsync(fact.Service.Replace('-', '_'), fact.Run, fact.Stream, fact.Data);
        await _infrastructure.StartModelsAsync();
        Assert.Equal(Learned, await Artifacts.PutFolderAsync(into => File.WriteAllTextAsync(Path.Combine(into, "weights"), "learned")));
    }

    private ArtifactStore Artifacts => _infrastructure.Service.Services.GetRequiredService<ArtifactStore>();

    public async Task DisposeAsync() => await _infrastructure.DisposeAsync();

    [Fact]
    public async Task What_it_promoted_is_marked_as_decided_by_it_and_not_as_learned_from_it()
    {
        var withdrawn = await WithdrawAsync(Linus);

        foreach (var told in (JsonElement[])[withdrawn.GetProperty("then"), withdrawn.GetProperty("now")])
        {
            Assert.Equal(("", ""), (Listed(told, "versions"), Listed(told, "deployments")));
            Assert.Equal(("agent:1", "talk"), (Listed(told.GetProperty("decided"), "versions"), Listed(told.GetProperty("decided"), "deployments")));
        }
        Assert.Equal(0, withdrawn.GetProperty("retrain").GetArrayLength());
        var id = withdrawn.GetProperty("id").GetString();
        foreach (var marked in (JsonElement[])[await GetAsync("/api/v1/models/agent/versions/1"), await GetAsync("/api/v1/deployments/talk")])
            Assert.Equal(("", id), (Listed(marked, "withdrawals"), Listed(marked, "withdrawnEvidence")));
    }

    [Fact]
    public async Task What_learned_from_it_is_marked_so_and_nothing_was_decided_by_an_evaluation_of_such_a_model()
    {
        var withdrawn = await WithdrawAsync(Grace);

        Assert.Equal(("agent:1", "talk"), (Listed(withdrawn.GetProperty("now"), "versions"), Listed(withdrawn.GetProperty("now"), "deployments")));
        Assert.False(withdrawn.GetProperty("now").TryGetProperty("decided", out var decided) && decided.ValueKind == JsonValueKind.Object);
        var marked = await GetAsync("/api/v1/models/agent/versions/1");
        Assert.Equal((withdrawn.GetProperty("id").GetString(), ""), (Listed(marked, "withdrawals"), Listed(marked, "withdrawnEvidence")));
    }

    [Fact]
    public async Task What_learned_from_it_is_not_named_again_as_decided_by_it()
    {
        var now = (await WithdrawAsync(Reference.To(ReferenceKind.Run, _facts.Run))).GetProperty("now");

        Assert.Equal("agent:1", Listed(now, "versions"));
        Assert.False(now.TryGetProperty("decided", out var decided) && decided.ValueKind == JsonValueKind.Object);
    }

    [Fact]
    public async Task What_others_had_to_approve_was_decided_by_it_as_well()
    {
        await _infrastructure.AppendAsync("registry", _facts.Run, Model.Stream("asked"),
            new ModelVersionRegistered("asked", 1, Base, _facts.Run, "base"),
            new PromotionDecided("asked", "production", new(_facts.Run, "9.promote", 1), null, [new("base", Base, true, [])], [_withLinus]),
            new AliasMoved("asked", "production", 1, null, _withLinus, ModelEvents.Gate, ["grace"]));

        Assert.Equal("agent:1 asked:1", Listed((await WithdrawAsync(Linus)).GetProperty("now").GetProperty("decided"), "versions"));
    }

    [Fact]
    public async Task A_move_that_names_the_last_of_a_gates_evaluations_was_decided_by_all_of_them()
    {
        await _infrastructure.AppendAsync("registry", _facts.Run, Model.Stream("both"),
            new ModelVersionRegistered("both", 1, Base, _facts.Run, "base"),
            new PromotionDecided("both", "production", new(_facts.Run, "9.promote", 1), null, [new("base", Base, true, [])], [_withLinus, _withNobody]),
            new AliasMoved("both", "production", 1, null, _withNobody, "ada"));

        Assert.Equal("agent:1 both:1", Listed((await WithdrawAsync(Linus)).GetProperty("now").GetProperty("decided"), "versions"));
    }

    [Fact]
    public async Task A_gate_decides_by_it_no_more_and_says_that_nothing_was_learned()
    {
        var sentence = $"has episodes of Subject:linus, which withdrawal {WithdrawalId.Of(Linus)} took back: that bears on this decision, not on what was learned.";
        await WithdrawAsync(Linus);

        Assert.Equal([$"The evaluation 'final' {sentence}"], await FindingsAsync(_withLinus, Base));
        Assert.Equal([$"The evaluation 'final' {sentence}"], await FindingsAsync(_withLinus, Learned));
        Assert.Empty(await FindingsAsync(_withNobody, Learned));
    }

    [Fact]
    public async Task A_gate_goes_on_deciding_by_evaluations_of_models_that_had_learned_from_what_is_withdrawn()
    {
        await WithdrawAsync(Grace);

        Assert.Empty(await FindingsAsync(_withNobody, Base));
        Assert.Equal([$"It was learned from Subject:grace, which withdrawal {WithdrawalId.Of(Grace)} took back."], await FindingsAsync(_withNobody, Learned));
    }

    [Fact]
    public async Task What_is_registered_after_it_is_marked_as_what_was_registered_before()
    {
        var id = (await WithdrawAsync(Grace)).GetProperty("id").GetString();

        await PromoteAsync("late");

        Assert.Equal([WithdrawalId.Of(Grace)], (await _infrastructure.NextAsync<ModelVersionRegistered>(Model.Stream("late"), _ => true)).Withdrawals!);
        Assert.Equal(id, await Patience.UntilAsync("the mark", async () => Listed(await GetAsync("/api/v1/models/late/versions/1"), "withdrawals") is { Length: > 0 } marks ? marks : null));
    }

    [Fact]
    public async Task What_learned_from_it_is_moved_to_by_nobody_where_a_gate_must_have_let_it_pass()
    {
        await AskForTheFirstAsync();
        await WithdrawAsync(Grace);

        Assert.Equal($"agent@production may only point at a version that passed a gate, and no gate lets version 1 pass any more: what it learned from was taken back by withdrawal {WithdrawalId.Of(Grace)}.", await RefusedAsync());
    }

    [Fact]
    public async Task What_only_an_evaluation_with_episodes_of_it_let_pass_is_moved_to_by_nobody()
    {
        await AskForTheFirstAsync();
        await WithdrawAsync(Linus);

        Assert.EndsWith("version 1 did not by anything else than evaluations with episodes of what was taken back since.", await RefusedAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_it_reached_may_follow_and_counts_and_is_marked_all_the_same()
    {
        (await SendAsync(Role.Admin, HttpMethod.Put, $"{Production}/policy", new { passedGate = true })).Is(HttpStatusCode.OK);
        var id = WithdrawalId.Of(Grace);
        // Asked for and not marked yet; meanwhile a version is registered that names the withdrawal itself.
        await _infrastructure.AppendAsync("registry", _facts.Run, id.Stream(), new Withdrawn(id, Grace, "asked for", "ada", [], [], Follows: true));
        await _infrastructure.AppendAsync("registry", _facts.Run, Model.Stream("agent"), new ModelVersionRegistered("agent", 2, Learned, _facts.Run, "again", [id]), new AliasMoved("agent", "production", 2, 1, null, "ada"));

        var refused = Answer.AssertProblem(await SendAsync(Role.Operator, HttpMethod.Put, Production, new { version = 1 }, before: 2), HttpStatusCode.Forbidden, "alias-policy");
        Assert.Contains("what it learned from was taken back", refused.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.False((await GetAsync($"/api/v1/withdrawals/{id}")).TryGetProperty("then", out var then) && then.ValueKind == JsonValueKind.Object);

        var told = await WithdrawAsync(Grace);
        Assert.Equal("agent:1 agent:2", Listed(told.GetProperty("then"), "versions"));
        foreach (var version in (int[])[1, 2])
            Assert.Equal(id.ToString(), Listed(await GetAsync($"/api/v1/models/agent/versions/{version}"), "withdrawals"));
    }

    [Fact]
    public async Task What_is_withdrawn_after_a_promotion_was_asked_for_counts_as_soon_as_it_is_in_the_ledger()
    {
        await AskForPromotionAsync("late");
        await using var database = NpgsqlDataSource.Create(_infrastructure.Administrator);
        await using var connection = await database.OpenConnectionAsync();
        await using (var holding = await connection.BeginTransactionAsync())
        {
            // The view that has the withdrawals cannot see this one yet.
            await using var held = new NpgsqlCommand("SELECT position FROM registry.subscription WHERE name = 'models' FOR UPDATE", connection, holding);
            await held.ExecuteScalarAsync();
            await _infrastructure.AppendAsync("registry", _facts.Run, WithdrawalId.Of(Grace).Stream(), new Withdrawn(WithdrawalId.Of(Grace), Grace, "asked for", "ada", [], []));
            var promoting = ConsumeAsync();
            await Patience.UntilAsync("the gate to wait", async () => promoting.IsCompleted || await LooksAsync(database) ? new object() : null);
            await holding.RollbackAsync();
            await promoting;
        }

        Assert.Contains("took back", Assert.Single((await _infrastructure.NextAsync<PromotionDecided>(Model.Stream("late"), _ => true)).Candidates).Findings[^1], StringComparison.Ordinal);
        Assert.Empty(await _infrastructure.Ledger.ReadStreamAsync(Model.Stream("late")).Where(stored => stored.Data is AliasMoved).ToListAsync());
    }

    [Fact]
    public async Task A_run_that_was_cancelled_promotes_nothing()
    {
        await _infrastructure.AppendAsync("pipeline", _facts.Run, _facts.Run.Stream(), new RunCancelled(_facts.Run, "ada"));

        await PromoteAsync("late");

        Assert.Contains("nobody waits for it, and no alias moves", (await _infrastructure.NextAsync<PromotionFailed>(Model.Stream("late"), _ => true)).Reason, StringComparison.Ordinal);
        Assert.Empty(await _infrastructure.Ledger.ReadStreamAsync(Model.Stream("late")).Where(stored => stored.Data is AliasMoved).ToListAsync());
    }

    [Fact]
    public async Task A_run_that_is_cancelled_while_its_promotion_is_weighed_promotes_nothing()
    {
        await using var database = NpgsqlDataSource.Create(_infrastructure.Administrator);
        await using var connection = await database.OpenConnectionAsync();
        await using (var holding = await connection.BeginTransactionAsync())
        {
            // The view of lineage cannot move on, and the gate waits for it.
            await using var held = new NpgsqlCommand("SELECT position FROM registry.subscription WHERE name = 'lineage' FOR UPDATE", connection, holding);
            await held.ExecuteScalarAsync();
            var promoting = PromoteAsync("late");
            await Patience.UntilAsync("the gate to wait", async () => await LooksAsync(database) ? new object() : null);
            await _infrastructure.AppendAsync("pipeline", _facts.Run, _facts.Run.Stream(), new RunCancelled(_facts.Run, "ada"));
            await holding.RollbackAsync();
            await promoting;
        }

        Assert.Contains("nobody waits for it, and no alias moves", (await _infrastructure.NextAsync<PromotionFailed>(Model.Stream("late"), _ => true)).Reason, StringComparison.Ordinal);
        Assert.Empty(await _infrastructure.Ledger.ReadStreamAsync(Model.Stream("late")).Where(stored => stored.Data is AliasMoved).ToListAsync());
    }

    /// <summary>Whether somebody has asked how far the view is, which the gate does behind its first look at the run.</summary>
    private static async Task<bool> LooksAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("""
            SELECT count(*) > 0 FROM pg_stat_activity looking, pg_stat_activity holding
            WHERE looking.usename = 'registry' AND looking.query LIKE '%LIMIT 10000%' AND holding.state = 'idle in transaction' AND looking.query_start > holding.state_change
            """);
        return (bool)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Production stands at another version, and a move to the first, which learned from grace, waits for an approval.</summary>
    private async Task AskForTheFirstAsync()
    {
        (await SendAsync(Role.Admin, HttpMethod.Put, $"{Production}/policy", new { passedGate = true, approvals = 1 })).Is(HttpStatusCode.OK);
        await _infrastructure.AppendAsync("registry", _facts.Run, Model.Stream("agent"), new ModelVersionRegistered("agent", 2, Base, _facts.Run, "base"), new AliasMoved("agent", "production", 2, 1, null, "ada"));
        (await SendAsync(Role.Operator, HttpMethod.Put, Production, new { version = 1 }, before: 2)).Is(HttpStatusCode.Accepted);
    }

    /// <summary>Neither is what was asked for before carried out, nor is it asked for anew.</summary>
    /// <returns>What is answered to the approval.</returns>
    private async Task<string?> RefusedAsync()
    {
        var approved = Answer.AssertProblem(await SendAsync(Role.Operator, HttpMethod.Post, $"{Production}/approvals", new { version = 1 }, "linus"), HttpStatusCode.Forbidden, "alias-policy");
        Answer.AssertProblem(await SendAsync(Role.Operator, HttpMethod.Put, Production, new { version = 1 }, before: 2), HttpStatusCode.Forbidden, "alias-policy");
        Assert.Equal(2, (await GetAsync(Production)).GetProperty("version").GetInt32());
        return approved.GetProperty("detail").GetString();
    }

    /// <summary>A gate that always holds decides about what learned from grace.</summary>
    private async Task PromoteAsync(string model)
    {
        await AskForPromotionAsync(model);
        await ConsumeAsync();
    }

    private async Task AskForPromotionAsync(string model)
    {
        var work = new PromoteWork(model, "production", [new("candidate", new(PolicyKind.Model, Learned))], [new("final", _withNobody)], [new("final", "success", ">=", "final", "success")], "none", 0.05);
        await _infrastructure.AppendAsync("pipeline", _facts.Run, _facts.Run.Stream(), new StepRequested(new(_facts.Run, "9.promote", 1), null, work, DateTimeOffset.UtcNow));
    }

    /// <summary>Answers the last promotion that was asked for.</summary>
    private async Task ConsumeAsync()
    {
        var asked = await _infrastructure.Ledger.ReadStreamAsync(_facts.Run.Stream()).LastAsync(stored => stored.Data is StepRequested);
        await new PromotionConsumer(_infrastructure.Ledger, Artifacts, _infrastructure.Service.Services.GetRequiredService<Withdrawals>()).HandleAsync(asked, CancellationToken.None);
    }

    private async Task<List<string>> FindingsAsync(EvaluationId evaluation, Digest candidate)
    {
        var withdrawals = _infrastructure.Service.Services.GetRequiredService<Withdrawals>();
        await withdrawals.CaughtUpAsync(await _infrastructure.Ledger.HeadAsync(), CancellationToken.None);
        PromoteWork work = new("agent", "production", [new("candidate", new(PolicyKind.Model, candidate))], [new("final", evaluation)], [], "none", 0.05);
        return [.. (await withdrawals.FindingsAsync(work, CancellationToken.None))[candidate].Select(finding => finding.Sentence)];
    }

    private async Task<JsonElement> WithdrawAsync(Reference subject) =>
        (await _infrastructure.AskAsync(Role.Admin, HttpMethod.Post, "/api/v1/withdrawals", Api.Json(new { kind = subject.Kind.ToString().ToLowerInvariant(), id = subject.Id, reason = "asked for" }))).Is(HttpStatusCode.Created).Json;

    private Task<Answer> SendAsync(Role role, HttpMethod method, string path, object body, string who = "ada", int? before = null) => _infrastructure.AskAsync(role, method, path, Api.Json(body), who, before);

    private async Task<JsonElement> GetAsync(string path) => (await _infrastructure.AskAsync(Role.Admin, HttpMethod.Get, path)).Is(HttpStatusCode.OK).Json;

    private static string Listed(JsonElement of, string list) => string.Join(' ', of.GetProperty(list).EnumerateArray().Select(text => text.GetString()));
}
