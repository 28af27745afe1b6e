using System.Net;
using static AgentOps.Tests.Answer;

namespace AgentOps.Gateway.Tests;

[Collection(OneGateway.Name)]
public sealed class when_a_service_is_not_there(GatewayService gateway)
{
    [Theory]
    [InlineData("/api/v1/runs")]
    [InlineData("/v1/models")]
    [InlineData("/openapi/v1.json")]
    public async Task Its_caller_is_told_what_to_do(string path)
    {
        var problem = AssertProblem(await gateway.Admin.GetAsync(path), HttpStatusCode.ServiceUnavailable, "service-unavailable");

        Assert.Matches($@"\AThe service behind {path} does not answer \([^)]+\): it may be restarting, try again in a few seconds\.\z", problem.GetProperty("detail").GetString());
    }
}
