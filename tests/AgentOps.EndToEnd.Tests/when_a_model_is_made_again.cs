using System.Net;
using AgentOps.Contracts;
using AgentOps.Ledger;

namespace AgentOps.EndToEnd.Tests;

[Collection(OneStack.Name)]
public sealed class when_a_model_is_made_again(Stack stack) : IAsyncLifetime
{
    private Guid _run;
    private IReadOnlyList<StoredEvent> _first = [];
    private Digest _model;

    public async Task InitializeAsync()
    {
        _run = await stack.UndisturbedAsync();
        _first = await stack.EndOfAsync(_run);
        _model = _first.Promoted();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Its_trainings_give_the_same_bytes_on_the_data_sets_that_there_are()
    {
        var again = await AgainAsync("training");

        Assert.IsType<RunSucceeded>(again[^1].Data);
        Assert.Equal(["base", "3.train"], again.Of<StepRequested>().Select(step => step.Step.Path));
        Assert.Equal(_model, again.Of<TrainingCompleted>()[^1].Model);
    }

    [Fact]
    public async Task From_the_first_episode_on_every_step_comes_to_what_it_came_to_and_nothing_is_promoted()
    {
        var again = await AgainAsync("generation");

        Assert.IsType<RunSucceeded>(again[^1].Data);
        string[] paths = ["base", "1.generate", "2.judge", "3.train.dataset", "3.train"];
        Assert.Equal(paths, again.Of<StepRequested>().Select(step => step.Step.Path));
        Assert.Equal(paths.Select(path => CameTo(_first, path)), paths.Select(path => CameTo(again, path)));
        Assert.Empty(again.Of<AliasMoved>());
        var shown = (await stack.Admin.GetAsync($"/api/v1/runs/{again[0].Meta.Run}")).Is(HttpStatusCode.OK).Json;
        Assert.Equal(_run.ToString(), shown.GetProperty("reproduces").GetString());
        Assert.Equal(Environment.ProcessorCount, shown.GetProperty("steps").EnumerateArray().Last().GetProperty("machine").GetProperty("threads").GetInt32());
    }

    [Fact]
    public async Task What_the_run_did_not_make_is_refused_with_a_sentence()
    {
        Answer.AssertProblem(await stack.Admin.PostAsync($"/api/v1/runs/{_run}/reproduce?model={Digest.Of("foreign"u8)}", new { }), HttpStatusCode.BadRequest, "model-not-of-run");
        Answer.AssertProblem(await stack.Admin.PostAsync($"/api/v1/runs/{_run}/reproduce?model={_model}&from=nowhere", new { }), HttpStatusCode.BadRequest, "reproduce-from");
        Answer.AssertProblem(await stack.Admin.PostAsync($"/api/v1/runs/{_run}/reproduce?model=mine", new { }), HttpStatusCode.BadRequest, "digest");
    }

    [Fact]
    public async Task Two_models_are_told_apart_by_their_tensors_and_by_what_they_were_made_of()
    {
        var trained = _first.Of<TrainingCompleted>()[^1];
        var from = ((TrainWork)trained.Work).From;

        var difference = (await stack.Admin.GetAsync($"/api/v1/lineage/difference?from={from}&to={_model}")).Is(HttpStatusCode.OK).Json;
        var none = (await stack.Admin.GetAsync($"/api/v1/lineage/difference?from={_model}&to={_model}")).Is(HttpStatusCode.OK).Json;

        Assert.NotEmpty(difference.GetProperty("tensors").EnumerateArray());
        Assert.All(difference.GetProperty("tensors").EnumerateArray(), tensor => Assert.True(tensor.GetProperty("largest").GetDouble() > 0));
        Assert.Equal("model.safetensors", Assert.Single(difference.GetProperty("files").EnumerateArray()).GetProperty("name").GetString());
        Assert.Contains(difference.GetProperty("onlyTo").EnumerateArray(), part => part.GetProperty("id").GetString() == _first.Of<DatasetBuilt>().Single().Data.ToString());
        Assert.Equal("sft", difference.GetProperty("toMakings").EnumerateArray().Last().GetProperty("work").GetProperty("method").GetString());
        Assert.Empty(none.GetProperty("tensors").EnumerateArray());
        Assert.Empty(none.GetProperty("onlyTo").EnumerateArray());
    }

    private async Task<IReadOnlyList<StoredEvent>> AgainAsync(string from)
    {
        var accepted = (await stack.Admin.PostAsync($"/api/v1/runs/{_run}/reproduce?model={_model}&from={from}", new { })).Is(HttpStatusCode.Accepted).Json;
        return await stack.EndOfAsync(accepted.GetProperty("id").GetGuid());
    }

    private static Digest CameTo(IReadOnlyList<StoredEvent> facts, string path) =>
        facts.Of<StepCompleted>().Single(step => step.Step.Path == path).Output.CameTo ?? throw new InvalidOperationException($"It is not said what {path} came to.");
}
