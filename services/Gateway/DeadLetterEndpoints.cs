using AgentOps.Contracts;
using AgentOps.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using RabbitMQ.Client.Exceptions;

namespace AgentOps.Gateway;

/// <summary>What consumers refused, for the administrator: to look at, and to be delivered once more when the cause is mended.</summary>
public static class DeadLetterEndpoints
{
    public static void MapDeadLetters(this WebApplication app)
    {
        var letters = app.MapGroup("/api/v1/dead-letters").RequireAuthorization(Role.Admin.ToString());
        letters.MapGet("", async (DeadLetters all, CancellationToken ct) => new { items = await Answered(all.ListAsync(ct)) });
        letters.MapPost("/replay", async (string? queue, DeadLetters all, CancellationToken ct) => new { replayed = await Answered(all.ReplayAsync(Find(queue), ct)) });
    }

    private static WorkQueue? Find(string? name) => name is null ? null
        : Topology.Queues.FirstOrDefault(queue => queue.Name == name)
            ?? throw ProblemException.BadRequest("unknown-queue", $"There is no queue '{name}'; there are {string.Join(", ", Topology.Queues.Select(queue => queue.Name))}.");

    private static async Task<T> Answered<T>(Task<T> asked)
    {
        try
        {
            return await asked;
        }
        catch (Exception away) when (away is BrokerUnreachableException or AlreadyClosedException or OperationInterruptedException or PublishException)
        {
            throw new ProblemException(StatusCodes.Status503ServiceUnavailable, "broker-unavailable",
                "The broker does not answer or a queue does not take its messages: nothing is lost, try again in a few seconds.");
        }
    }
}
