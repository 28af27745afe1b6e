using System.Net;
using System.Text.Json;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Tests;

namespace AgentOps.Registry.Tests;

/// <summary>More models, deployments and withdrawals than one page holds, asked for over HTTP.</summary>
public sealed class ListsInPages : IAsyncLifetime
{
    private const int Models = 120;
    private static readonly RunId Run = RunId.Create();
    private static readonly string[] Names = [.. Enumerable.Range(0, Models).Select(i => $"agent-{i:000}")];
    private static readonly TrajectoryId[] Trajectories = [.. Enumerable.Range(0, Models).Select(i => TrajectoryId.Of(GenerationId.Of(Run, "1.generate", "expert"), "maze/train/0", i))];
    private ServiceInfrastructure _infrastructure = null!;

    public async Task InitializeAsync()
    {
        _infrastructure = await ServiceInfrastructure.StartAsync();
        foreach (var (i, name) in Names.Index())
        {
            var digest = Digest.Of([(byte)i]);
            await _infrastructure.AppendAsync("registry", Run, Model.Stream(name), new ModelVersionRegistered(name, 1, digest, Run, "sft"), new ModelVersionRegistered(name, 2, digest, Run, "sft"));
            await _infrastructure.AppendAsync("registry", Run, Deployment.Stream(name), new DeploymentActivated(name, name, 2, digest, null, "ada"));
            var trajectory = Reference.To(ReferenceKind.Trajectory, Trajectories[i]);
            await _infrastructure.AppendAsync("registry", Run, WithdrawalId.Of(trajectory).Stream(), new Withdrawn(WithdrawalId.Of(trajectory), trajectory, "asked for", "ada", [$"{name}:2"], []));
        }
        for (var i = 1; i < Models; i++)
            await _infrastructure.AppendAsync("registry", Run, Deployment.Stream(Names[0]), new DeploymentActivated(Names[0], Names[i], 1, Digest.Of([(byte)i]), null, "ada"));
        await _infrastructure.StartModelsAsync();
    }

    public async Task DisposeAsync() => await _infrastructure.DisposeAsync();

    [Fact]
    public async Task Every_model_comes_once_in_the_order_of_names_with_all_its_versions()
    {
        var models = await ListedAsync("/api/v1/models", pages: 3);

        Assert.Equal(Names, models.Select(model => model.GetProperty("name").GetString()));
        Assert.All(models, model => Assert.Equal([1, 2], model.GetProperty("versions").EnumerateArray().Select(version => version.GetProperty("version").GetInt32())));
        Assert.All(models, model => Assert.Equal([0, 1], model.GetProperty("versions").EnumerateArray().Select(version => version.GetProperty("withdrawals").GetArrayLength())));
    }

    [Fact]
    public async Task Every_deployment_comes_once_with_what_was_withdrawn_from_under_it()
    {
        var deployments = await ListedAsync("/api/v1/deployments", pages: 3);

        Assert.Equal(Names, deployments.Select(deployment => deployment.GetProperty("name").GetString()));
        // The first one answers with the last model's version 1, of which nothing was withdrawn.
        Assert.Equal([0, .. Enumerable.Repeat(1, Models - 1)], deployments.Select(deployment => deployment.GetProperty("withdrawals").GetArrayLength()));
    }

    [Fact]
    public async Task A_deployments_history_comes_from_its_beginning_to_its_end()
    {
        var history = await ListedAsync($"/api/v1/deployments/{Names[0]}/history", pages: 3);

        Assert.Equal(Names, history.Select(activated => activated.GetProperty("model").GetString()));
    }

    [Fact]
    public async Task Withdrawals_come_in_the_order_in_which_they_were_made()
    {
        var withdrawals = await ListedAsync("/api/v1/withdrawals", pages: 3);

        Assert.Equal(Trajectories.Select(trajectory => trajectory.ToString()), withdrawals.Select(withdrawal => withdrawal.GetProperty("subject").GetProperty("id").GetString()));
    }

    [Fact]
    public async Task One_deployment_and_one_model_are_found_by_their_names_and_no_others()
    {
        Assert.Equal(Names[7], (await GetAsync($"/api/v1/models/{Names[7]}")).Is(HttpStatusCode.OK).Json.GetProperty("name").GetString());
        Assert.Equal(Names[7], (await GetAsync($"/api/v1/deployments/{Names[7]}")).Is(HttpStatusCode.OK).Json.GetProperty("name").GetString());
        Answer.AssertProblem(await GetAsync("/api/v1/models/agent"), HttpStatusCode.NotFound, "unknown-model");
        Answer.AssertProblem(await GetAsync("/api/v1/deployments/agent"), HttpStatusCode.NotFound, "unknown-deployment");
        Answer.AssertProblem(await GetAsync("/api/v1/deployments/agent/history"), HttpStatusCode.NotFound, "unknown-deployment");
    }

    /// <summary>All items, after as many pages as are expected.</summary>
    private async Task<List<JsonElement>> ListedAsync(string path, int pages)
    {
        var items = new List<JsonElement>();
        string? next = null;
        for (var page = 1; page <= pages; page++)
        {
            var answer = (await GetAsync(next is null ? path : $"{path}?cursor={next}")).Is(HttpStatusCode.OK).Json;
            items.AddRange(answer.GetProperty("items").EnumerateArray());
            next = answer.TryGetProperty("next", out var cursor) ? cursor.GetString() : null;
            Assert.Equal(page == pages, next is null);
        }
        return items;
    }

    private Task<Answer> GetAsync(string path) => _infrastructure.AskAsync(Role.Viewer, HttpMethod.Get, path);
}
