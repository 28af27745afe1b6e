using System.Net;
using static AgentOps.Tests.Answer;

namespace AgentOps.Gateway.Tests;

[Collection(OneGateway.Name)]
public sealed class when_the_ledger_or_the_broker_is_away(GatewayService gateway)
{
    [Fact]
    public async Task A_call_that_needs_it_is_told_to_come_again_and_is_answered_when_it_is_back()
    {
        await gateway.WithoutServersAsync(async () =>
        {
            var ledger = AssertProblem(await CreateKeyAsync(), HttpStatusCode.ServiceUnavailable, "ledger-unavailable");
            Assert.Equal("The ledger does not answer: it may be restarting, try again in a few seconds.", ledger.GetProperty("detail").GetString());
            var broker = AssertProblem(await gateway.Admin.GetAsync("/api/v1/dead-letters"), HttpStatusCode.ServiceUnavailable, "broker-unavailable");
            Assert.EndsWith("nothing is lost, try again in a few seconds.", broker.GetProperty("detail").GetString(), StringComparison.Ordinal);
            (await gateway.Admin.GetAsync("/health")).Is(HttpStatusCode.ServiceUnavailable);
        });

        (await CreateKeyAsync()).Is(HttpStatusCode.Created);
        (await gateway.Admin.GetAsync("/api/v1/dead-letters")).Is(HttpStatusCode.OK);
        await Patience.UntilAsync("the gateway to be healthy", async () => (await gateway.Admin.GetAsync("/health")).Status == HttpStatusCode.OK ? "healthy" : null);
    }

    [Fact]
    public async Task A_call_that_needs_neither_is_answered_as_always()
    {
        var key = (await CreateKeyAsync()).Is(HttpStatusCode.Created).Json;

        await gateway.WithoutServersAsync(async () =>
        {
            var listed = (await gateway.With(key.GetProperty("key").GetString()).GetAsync("/api/v1/keys")).Is(HttpStatusCode.OK).Json;
            Assert.Contains(listed.GetProperty("items").EnumerateArray(), item => item.GetProperty("id").GetGuid() == key.GetProperty("id").GetGuid());
            AssertProblem(await gateway.With("ao-wrong").GetAsync("/api/v1/keys"), HttpStatusCode.Unauthorized, "unauthorized");
        });
    }

    private Task<Answer> CreateKeyAsync() => gateway.Admin.PostAsync("/api/v1/keys", new { name = "made in an outage", role = "admin" });
}
