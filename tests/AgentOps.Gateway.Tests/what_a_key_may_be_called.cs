using System.Net;
using AgentOps.Tests;

namespace AgentOps.Gateway.Tests;

/// <summary>Two names are two persons, also where four eyes are asked for.</summary>
[Collection(OneGateway.Name)]
public sealed class WhatAKeyMayBeCalled(GatewayService gateway)
{
    [Theory]
    [InlineData("")]
    [InlineData("ada\u200b")]
    [InlineData("ada\u3164")]
    [InlineData(" ada")]
    [InlineData("ada\u00a0")]
    [InlineData("a\nda")]
    [InlineData("review:ada")]
    public async Task Not_what_looks_like_another_name(string name) =>
        Answer.AssertProblem(await gateway.Admin.PostAsync("/api/v1/keys", new { name, role = "operator" }), HttpStatusCode.BadRequest, "key-name");

    [Theory]
    [InlineData("Ada Lovelace")]
    [InlineData("山田 太郎")]
    public async Task But_what_people_are_called(string name) =>
        (await gateway.Admin.PostAsync("/api/v1/keys", new { name, role = "operator" })).Is(HttpStatusCode.Created);
}
