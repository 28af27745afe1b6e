using System.Net;
using System.Text;
using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using AgentOps.Tests;
using Microsoft.Extensions.DependencyInjection;

namespace AgentOps.Registry.Tests;

/// <summary>A model of which one stored byte has changed since it was made, or which is not whole: nothing promotes it and nothing deploys it.</summary>
[Collection(OneModelsService.Name)]
public sealed class when_a_candidate_is_damaged(ModelsService models) : IAsyncLifetime
{
    private readonly PipelineFacts _facts = new(RunId.Create());
    private readonly ServiceInfrastructure _infrastructure = models.Infrastructure;
    private readonly ArtifactStore _artifacts = models.Infrastructure.Service.Services.GetRequiredService<ArtifactStore>();
    private readonly string _name = $"agent-{Guid.NewGuid():N}"[..14];
    private Digest _model;
    private string _weights = "";
    private StoredEvent _asked = null!;

    public async Task InitializeAsync()
    {
        _model = await _artifacts.PutFolderAsync(async into =>
        {
            await File.WriteAllTextAsync(Path.Combine(into, "config.json"), "{}");
            await File.WriteAllTextAsync(Path.Combine(into, "model.safetensors"), $"weights of {_name}");
        });
        _weights = _artifacts.PathOf(DigestOf($"weights of {_name}"));
        _facts.Submitted("ada");
        _facts.Trained(PipelineFacts.Scratch, _model);
        var evaluation = _facts.Evaluated(_facts.Played(new(PolicyKind.Model, _model), 2, 2).Id, _model);
        _facts.Registered(_name, 1, _model);
        foreach (var fact in _facts.All)
            await _infrastructure.AppendAsync(fact.Service.Replace('-', '_'), fact.Run, fact.Stream, fact.Data);
        var work = new PromoteWork(_name, "production", [new("p0", new(PolicyKind.Model, _model))], [new("final", evaluation)], [new("final", "success", ">=", "p0", "success")], "none", 0.05);
        await _infrastructure.AppendAsync("pipeline", _facts.Run, _facts.Run.Stream(), new StepRequested(new(_facts.Run, "9.promote", 1), null, work, DateTimeOffset.UtcNow));
        _asked = await _infrastructure.Ledger.ReadStreamAsync(_facts.Run.Stream()).LastAsync();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task What_is_whole_is_promoted_and_deployed()
    {
        await PromoteAsync();

        Assert.Equal(1, Assert.Single(await DecidedAsync<AliasMoved>()).Version);
        Assert.Empty(await DecidedAsync<PromotionFailed>());
        (await DeployAsync()).Is(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_changed_byte_fails_the_promotion_once_and_moves_nothing_also_where_a_right_copy_was_laid_out_before(bool laidOut)
    {
        if (laidOut)
            await _artifacts.FolderAsync(_model);
        await File.WriteAllTextAsync(_weights, "other weights");

        await PromoteAsync();
        await PromoteAsync();

        var failed = Assert.Single(await DecidedAsync<PromotionFailed>());
        Assert.Equal((_asked.Data as StepRequested)!.Step, failed.Step);
        Assert.Contains(_weights, failed.Reason, StringComparison.Ordinal);
        Assert.Contains($"its content has the digest {DigestOf("other weights")}", failed.Reason, StringComparison.Ordinal);
        Assert.Empty(await DecidedAsync<AliasMoved>());
        Assert.Empty(await DecidedAsync<PromotionDecided>());
    }

    [Fact]
    public async Task A_file_that_is_gone_fails_the_promotion()
    {
        File.Delete(_weights);

        await PromoteAsync();

        Assert.Contains($"{DigestOf($"weights of {_name}")}", Assert.Single(await DecidedAsync<PromotionFailed>()).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_changed_byte_is_deployed_by_nobody_also_where_a_right_copy_was_laid_out_before(bool laidOut)
    {
        if (laidOut)
            await _artifacts.FolderAsync(_model);
        await File.WriteAllTextAsync(_weights, "other weights");

        var refused = Answer.AssertProblem(await DeployAsync(), HttpStatusCode.Conflict, "artifact-unusable");

        Assert.StartsWith($"{_name}:1 cannot be deployed: ", refused.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Empty(await _infrastructure.Ledger.ReadStreamAsync(Deployment.Stream(_name)).ToListAsync());
    }

    [Fact]
    public async Task A_changed_byte_is_pointed_at_by_nobody()
    {
        await File.WriteAllTextAsync(_weights, "other weights");

        var refused = Answer.AssertProblem(await _infrastructure.AskAsync(Role.Operator, HttpMethod.Put, $"/api/v1/models/{_name}/aliases/production", Api.Json(new { version = 1 }), before: 0), HttpStatusCode.Conflict, "artifact-unusable");

        Assert.StartsWith($"{_name}:1 cannot be pointed at: ", refused.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Empty(await DecidedAsync<AliasMoved>());
    }

    private Task PromoteAsync() => new PromotionConsumer(_infrastructure.Ledger, _artifacts, _infrastructure.Service.Services.GetRequiredService<Withdrawals>()).HandleAsync(_asked, CancellationToken.None);

    private Task<Answer> DeployAsync() => _infrastructure.AskAsync(Role.Operator, HttpMethod.Post, "/api/v1/deployments", Api.Json(new { model = $"{_name}:1" }));

    private static Digest DigestOf(string text) => Digest.Of(Encoding.UTF8.GetBytes(text));

    private async Task<List<T>> DecidedAsync<T>() where T : IEvent => await _infrastructure.Ledger.ReadStreamAsync(Model.Stream(_name)).Select(stored => stored.Data).OfType<T>().ToListAsync();
}
