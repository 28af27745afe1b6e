using System.Net;
using static AgentOps.Tests.Answer;

namespace AgentOps.EndToEnd.Tests;

[Collection(OneStack.Name)]
public sealed class when_a_service_is_away(Stack stack)
{
    [Theory]
    [InlineData("generator", "/api/v1/trajectories")]
    [InlineData("registry", "/api/v1/models")]
    [InlineData("registry", "/openapi/v1.json")]
    public async Task Its_callers_are_told_to_come_again_and_are_answered_when_it_is_back(string service, string path)
    {
        (await stack.Admin.GetAsync(path)).Is(HttpStatusCode.OK);

        await stack.KillAsync(service, meanwhile: async () =>
        {
            var problem = AssertProblem(await stack.Admin.GetAsync(path), HttpStatusCode.ServiceUnavailable, "service-unavailable");
            Assert.EndsWith("it may be restarting, try again in a few seconds.", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
            (await stack.Admin.GetAsync("/api/v1/runs")).Is(HttpStatusCode.OK);
        });

        (await stack.Admin.GetAsync(path)).Is(HttpStatusCode.OK);
    }
}
