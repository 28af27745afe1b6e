using System.Net;

namespace AgentOps.EndToEnd.Tests;

/// <summary>Two whole stacks, as two people on one machine have them.</summary>
[Collection(OneStack.Name)]
public sealed class when_a_second_stack_runs_beside_it(Stack stack)
{
    [Fact]
    public async Task Each_has_its_own_runs_keys_and_ledger_the_same_file_gives_the_same_model_in_both_and_the_first_outlives_the_second()
    {
        var first = await stack.EndOfAsync(await stack.UndisturbedAsync());
        var processes = Processes(stack);
        var second = new Stack();
        try
        {
            await second.InitializeAsync();
            Assert.Empty((await second.Admin.GetAsync("/api/v1/runs")).Is(HttpStatusCode.OK).Json.GetProperty("items").EnumerateArray());
            (await second.With(await stack.AdminKeyAsync()).GetAsync("/api/v1/runs")).Is(HttpStatusCode.Unauthorized);

            var facts = await second.EndOfAsync(await second.UndisturbedAsync());
            Books.AssertBalanced(facts);
            Assert.Equal(first.Promoted(), facts.Promoted());
            var report = await second.Facts.VerifyAsync();
            Assert.True(report.Holds, report.Fault?.ToString());
            (await stack.Admin.GetAsync($"/api/v1/runs/{facts[0].Meta.Run}")).Is(HttpStatusCode.NotFound);
            Assert.Empty(processes.Intersect(Processes(second)));
        }
        finally
        {
            await second.DisposeAsync();
        }

        Assert.Equal(processes, Processes(stack));
        (await stack.Admin.GetAsync("/api/v1/runs")).Is(HttpStatusCode.OK);
    }

    private static int[] Processes(Stack stack) =>
        [.. ((string[])["postgres", "rabbitmq", "pipeline", "generator", "judge", "preference-builder", "trainer", "evaluator", "registry", "serving", "gateway"]).SelectMany(stack.App.GetProcessIds)];
}
