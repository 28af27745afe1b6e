using AgentOps.Contracts;
using AgentOps.Hosting;
using Microsoft.IdentityModel.JsonWebTokens;

namespace AgentOps.Hosting.Tests;

public sealed class TokensBetweenServices
{
    private const string Key = "0123456789abcdef0123456789abcdef";

    [Fact]
    public async Task A_token_tells_actor_and_role()
    {
        var tokens = new InternalToken(Key, TimeProvider.System);

        var read = await new JsonWebTokenHandler { MapInboundClaims = false }.ValidateTokenAsync(tokens.Sign(new("ada", Role.Operator)), tokens.Validation);

        Assert.True(read.IsValid);
        Assert.Equal(new Caller("ada", Role.Operator), Caller.Of(new(read.ClaimsIdentity)));
    }

    [Fact]
    public async Task A_token_of_another_key_is_refused()
    {
        var forged = new InternalToken(new string('x', 32), TimeProvider.System).Sign(new("ada", Role.Admin));

        Assert.False((await new JsonWebTokenHandler().ValidateTokenAsync(forged, new InternalToken(Key, TimeProvider.System).Validation)).IsValid);
    }

    [Fact]
    public async Task A_token_of_two_minutes_ago_is_refused()
    {
        var old = new InternalToken(Key, new Earlier(TimeSpan.FromMinutes(2))).Sign(new("ada", Role.Admin));

        Assert.False((await new JsonWebTokenHandler().ValidateTokenAsync(old, new InternalToken(Key, TimeProvider.System).Validation)).IsValid);
    }

    [Fact]
    public void A_short_key_is_refused() => Assert.Throws<ArgumentException>(() => new InternalToken("short", TimeProvider.System));

    [Fact]
    public void A_request_without_a_verified_caller_has_none() => Assert.Throws<InvalidOperationException>(() => Caller.Of(new()));

    private sealed class Earlier(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() - by;
    }
}
