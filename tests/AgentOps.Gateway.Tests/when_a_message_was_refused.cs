using System.Net;
using System.Text.Json;
using AgentOps.Cli;
using AgentOps.Contracts;
using MassTransit;
using static AgentOps.Tests.Answer;

namespace AgentOps.Gateway.Tests;

[Collection(OneGateway.Name)]
public sealed class when_a_message_was_refused(GatewayService gateway)
{
    private const string Letters = "/api/v1/dead-letters";
    private const string Replay = "/api/v1/dead-letters/replay";

    [Fact]
    public async Task It_is_listed_with_its_cause_and_moved_back_to_be_handled()
    {
        var mended = false;
        var handled = new TaskCompletionSource<WakeUp>(TaskCreationOptions.RunContinuationsAsynchronously);
        var consumer = gateway.Consuming(Topology.Judge, wakeUp =>
        {
            if (!mended)
                throw new InvalidOperationException($"Position {wakeUp.Position} is not to my liking.");
            handled.TrySetResult(wakeUp);
        });
        await consumer.StartAsync();
        var told = new WakeUp(17, Guid.NewGuid(), "step.requested.v1", "run-a");
        await (await consumer.GetSendEndpoint(new Uri($"exchange:{Topology.Judge.Name}"))).Send(told);

        var letter = Assert.Single(await Patience.UntilAsync("the dead letter", async () => await ListAsync() is { Count: > 0 } items ? items : null));
        Assert.Equal(("judge", 17, "step.requested.v1", "run-a"),
            (letter.GetProperty("queue").GetString(), letter.GetProperty("position").GetInt64(), letter.GetProperty("type").GetString(), letter.GetProperty("stream").GetString()));
        Assert.Equal(("Position 17 is not to my liking.", "System.InvalidOperationException"), (letter.GetProperty("reason").GetString(), letter.GetProperty("exception").GetString()));

        // Another queue's replay leaves it where it is.
        Assert.Equal(0, await ReplayAsync("?queue=evaluator"));
        Assert.Single(await ListAsync());

        mended = true;
        Assert.Equal(1, await ReplayAsync("?queue=judge"));
        Assert.Equal(told, await handled.Task.WaitAsync(Patience.Limit));
        Assert.Empty(await ListAsync());
        await consumer.StopAsync();
    }

    [Theory]
    [InlineData(Role.Viewer)]
    [InlineData(Role.Reviewer)]
    [InlineData(Role.Operator)]
    public async Task Nobody_but_an_administrator_may_look_or_replay(Role role)
    {
        var other = await gateway.WithRoleAsync(role);

        foreach (var answer in (Answer[])[await other.GetAsync(Letters), await other.PostAsync(Replay, new { })])
            Assert.Equal($"A key of the role {role.ToString().ToLowerInvariant()} may not do this: use one of a higher role.",
                AssertProblem(answer, HttpStatusCode.Forbidden, "forbidden").GetProperty("detail").GetString());
        AssertProblem(await gateway.With(null).PostAsync(Replay, new { }), HttpStatusCode.Unauthorized, "unauthorized");
    }

    [Fact]
    public async Task A_queue_that_is_not_there_is_named_beside_those_that_are()
    {
        var problem = AssertProblem(await gateway.Admin.PostAsync(Replay + "?queue=nobody", new { }), HttpStatusCode.BadRequest, "unknown-queue");

        Assert.Equal($"There is no queue 'nobody'; there are {string.Join(", ", Topology.Queues.Select(queue => queue.Name))}.", problem.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task Where_nothing_was_refused_the_command_line_says_that_there_is_nothing_to_replay()
    {
        Assert.Equal(0, await ReplayAsync(""));
        var (standard, said) = (Console.Out, new StringWriter());
        Console.SetOut(said);
        try
        {
            Assert.Equal(ExitCode.Success, await Root.Create().Parse(gateway.CommandLine("deadletters", "replay", "--queue", "evaluator")).InvokeAsync());
        }
        finally
        {
            Console.SetOut(standard);
        }

        Assert.Equal("There is nothing to replay: no dead letters lie there.\n", said.ToString());
    }

    private async Task<IReadOnlyList<JsonElement>> ListAsync() =>
        [.. (await gateway.Admin.GetAsync(Letters)).Is(HttpStatusCode.OK).Json.GetProperty("items").EnumerateArray()];

    private async Task<int> ReplayAsync(string query) => (await gateway.Admin.PostAsync(Replay + query, new { })).Is(HttpStatusCode.OK).Json.GetProperty("replayed").GetInt32();
}
