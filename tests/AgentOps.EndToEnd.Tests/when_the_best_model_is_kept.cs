using System.Net;
using AgentOps.Contracts;

namespace AgentOps.EndToEnd.Tests;

/// <summary>Rounds of training that go on from the best model so far.</summary>
[Collection(OneStack.Name)]
public sealed class when_the_best_model_is_kept(Stack stack) : IAsyncLifetime
{
    public Task InitializeAsync() => stack.HasOnlineBaseAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Each_round_starts_from_what_was_kept_before_it_and_so_does_a_reproduction()
    {
        var facts = await stack.EndOfAsync(await stack.SubmitAsync("hybrid.yaml"));

        Assert.IsType<RunSucceeded>(facts[^1].Data);
        Books.AssertBalanced(facts);
        var choices = facts.Of<EvaluationCompleted>().Where(evaluation => evaluation.Work.Keep is not null).ToArray();
        Assert.All(choices, choice => Assert.Equal(choice.Report.Policies.Max(policy => policy.Success.Rate), choice.Report.Policies.First(policy => policy.Name == choice.Kept!.Name).Success.Rate));
        Assert.Equal(
            choices.SkipLast(1).Select(choice => choice.Kept!.Policy.Model!.Value),
            facts.Of<StepRequested>().Select(request => request.Work).OfType<OnlineTrainWork>().Select(work => work.From));
        Assert.Equal(choices[^1].Kept!.Policy.Model, facts.Promoted());
        await AssertMadeAgainAsync(facts[0].Meta.Run, facts.Promoted());
    }

    private async Task AssertMadeAgainAsync(object? run, Digest model)
    {
        var accepted = (await stack.Admin.PostAsync($"/api/v1/runs/{run}/reproduce?model={model}&from=generation", new { })).Is(HttpStatusCode.Accepted);
        var again = await stack.EndOfAsync(accepted.Json.GetProperty("id").GetGuid());
        Assert.IsType<RunSucceeded>(again[^1].Data);
        Assert.Contains(model, again.Of<TrainingCompleted>().Select(training => training.Model));
    }
}
