using System.Net;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Tests;

namespace AgentOps.Registry.Tests;

public sealed class when_a_view_is_not_built_yet
{
    [Fact]
    public async Task Whoever_asks_is_told_to_come_again()
    {
        await using var infrastructure = await ServiceInfrastructure.StartAsync();
        // Its view is never built: so it is in the first moments after a start with a new one.
        await infrastructure.StartAsync(ServiceHost.Create(infrastructure.Settings("registry"), "registry"), app => app.MapModels());

        var problem = Answer.AssertProblem(await infrastructure.AskAsync(Role.Viewer, HttpMethod.Get, "/api/v1/models"), HttpStatusCode.ServiceUnavailable, "view-unavailable");

        Assert.Equal("What is listed here is still being built from the ledger: try again in a few seconds.", problem.GetProperty("detail").GetString());
    }
}
