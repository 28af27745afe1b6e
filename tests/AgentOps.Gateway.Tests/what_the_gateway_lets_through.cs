using AgentOps.Contracts;
using AgentOps.Gateway;

namespace AgentOps.Gateway.Tests;

public sealed class WhatTheGatewayLetsThrough
{
    [Theory]
    [InlineData("POST", "/api/v1/runs", Role.Operator)]
    [InlineData("POST", "/api/v1/runs/{id}/cancel", Role.Operator)]
    [InlineData("PUT", "/api/v1/models/{name}/aliases/{alias}", Role.Operator)]
    [InlineData("POST", "/api/v1/deployments", Role.Operator)]
    [InlineData("GET", "/api/v1/runs/{**rest}", Role.Viewer)]
    [InlineData("GET", "/api/v1/trajectories/{**rest}", Role.Viewer)]
    [InlineData("GET", "/api/v1/reviews/{**rest}", Role.Reviewer)]
    [InlineData("POST", "/api/v1/reviews/{id}", Role.Reviewer)]
    [InlineData("POST", "/v1/chat/completions", Role.Viewer)]
    public void A_call_takes_at_least_its_role(string method, string path, Role least) =>
        Assert.Equal(least, Assert.Single(Routes.All, route => route.Path == path && route.Methods!.Contains(method)).Least);

    [Fact]
    public void Nothing_that_changes_state_is_open_below_operators_but_asking_a_model_and_for_reviewers_their_answers() =>
        Assert.Equal(["/api/v1/reviews/{id}", "/v1/chat/completions"], Routes.All.Where(route => route.Least < Role.Operator && route.Methods!.Any(method => method != "GET")).Select(route => route.Path));

    [Fact]
    public void Every_route_names_its_methods() => Assert.All(Routes.All, route => Assert.NotEmpty(route.Methods!));

    [Fact]
    public void A_key_is_known_by_its_hash_alone()
    {
        // SHA-256 of "abc", FIPS 180-2 appendix B.1.
        Assert.Equal("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", KeyRing.HashOf("abc").ToString());
    }
}
