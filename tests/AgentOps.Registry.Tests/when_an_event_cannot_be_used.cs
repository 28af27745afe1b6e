using System.Net;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using AgentOps.Tests;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace AgentOps.Registry.Tests;

/// <summary>Something with Trainer's password has appended an event that no version can read.</summary>
public sealed class when_an_event_cannot_be_used : IAsyncLifetime
{
    private ServiceInfrastructure _infrastructure = null!;

    public async Task InitializeAsync()
    {
        _infrastructure = await ServiceInfrastructure.StartAsync();
        await _infrastructure.StartModelsAsync();
        await using var database = NpgsqlDataSource.Create(_infrastructure.ConnectionString("trainer"));
        await using var append = database.CreateCommand(
            "SELECT outcome FROM ledger.append('{1}', '{training-x}', '{-1}', '{1}', ARRAY[gen_random_uuid()], '{training.completed.v1}', '{\"{\\\"actor\\\":\\\"x\\\"}\"}', '{\"{}\"}')");
        Assert.Equal("appended", await append.ExecuteScalarAsync());
    }

    public async Task DisposeAsync() => await _infrastructure.DisposeAsync();

    [Fact]
    public async Task The_views_that_meet_it_stand_still_and_say_so_and_what_else_the_service_does_goes_on()
    {
        var unwell = await Patience.UntilAsync("the service to say so", async () =>
            await _infrastructure.AskAsync(Role.Viewer, HttpMethod.Get, "/health") is { Status: HttpStatusCode.OK } answer && new[] { "'record'", "'lineage'" }.All(view => answer.Json.GetProperty("checks").ToString().Contains(view, StringComparison.Ordinal)) ? answer : null);
        var health = unwell.Json.GetProperty("checks");

        Assert.Matches("The view 'lineage' stands still, and is tried again: .*event 1 is not one of type 'training.completed.v1', which it says it is", health.GetProperty("view lineage").GetString()!);
        Assert.Equal("Degraded", unwell.Json.GetProperty("status").GetString());
        Assert.Equal("Healthy", health.GetProperty("view models").GetString());
        Answer.AssertProblem(await _infrastructure.AskAsync(Role.Viewer, HttpMethod.Get, "/api/v1/audit/record"), HttpStatusCode.ServiceUnavailable, "view-stopped");
        await Patience.UntilAsync("the models", async () => await _infrastructure.AskAsync(Role.Viewer, HttpMethod.Get, "/api/v1/models") is { Status: HttpStatusCode.OK } answer ? answer : null);
        Assert.Equal(1, await new Sealer(_infrastructure.Ledger, NullLogger<Sealer>.Instance).SealAsync());
    }
}
