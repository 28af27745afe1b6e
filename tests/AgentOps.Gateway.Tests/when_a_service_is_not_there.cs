using System.Net;
using System.Text.Json;
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

    [Fact]
    public async Task A_client_of_OpenAIs_API_reads_what_it_is_told_from_the_error_it_expects()
    {
        var away = (await gateway.Admin.PostAsync("/v1/chat/completions", new { })).Is(HttpStatusCode.ServiceUnavailable).Json;
        AssertError("server_error", "service_unavailable", away);
        AssertError("authentication_error", "invalid_api_key", (await gateway.With("ao-wrong").PostAsync("/v1/chat/completions", new { })).Is(HttpStatusCode.Unauthorized).Json);
        AssertError("invalid_request_error", "unknown_url", (await gateway.Admin.GetAsync("/v1/embeddings")).Is(HttpStatusCode.NotFound).Json);
        Assert.False((await gateway.Admin.GetAsync("/api/v1/runs")).Is(HttpStatusCode.ServiceUnavailable).Json.TryGetProperty("error", out _));
    }

    private static void AssertError(string type, string code, JsonElement problem)
    {
        var error = problem.GetProperty("error");
        Assert.Equal((type, code), (error.GetProperty("type").GetString(), error.GetProperty("code").GetString()));
        Assert.Equal(problem.GetProperty("detail").GetString(), error.GetProperty("message").GetString());
    }
}
