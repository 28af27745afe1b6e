using System.Text;
using AgentOps.Contracts;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace AgentOps.Hosting;

/// <summary>The 60-second token that stands for a caller between services: a JWT under the stack's service key (RFC 7519, HS256).</summary>
public sealed class InternalToken
{
    private const string Issuer = "agentops";
    private static readonly TimeSpan Life = TimeSpan.FromSeconds(60);
    private readonly SymmetricSecurityKey _key;
    private readonly TimeProvider _time;

    /// <param name="secret">The stack's generated service key, at least 32 characters.</param>
    public InternalToken(string secret, TimeProvider time)
    {
        if (secret.Length < 32)
            throw new ArgumentException("The service key (AGENTOPS_SERVICE_KEY) must have at least 32 characters.", nameof(secret));
        _key = new(Encoding.UTF8.GetBytes(secret));
        _time = time;
    }

    public TokenValidationParameters Validation => new()
    {
        ValidIssuer = Issuer,
        ValidAudience = Issuer,
        IssuerSigningKey = _key,
        ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
        ClockSkew = TimeSpan.FromSeconds(5),
        RequireExpirationTime = true,
        NameClaimType = "sub",
        RoleClaimType = "role",
    };

    public string Sign(Caller caller)
    {
        var now = _time.GetUtcNow().UtcDateTime;
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Issuer,
            Audience = Issuer,
            IssuedAt = now,
            NotBefore = now,
            Expires = now + Life,
            Claims = new Dictionary<string, object> { ["sub"] = caller.Actor, ["role"] = caller.Role.ToString() },
            SigningCredentials = new(_key, SecurityAlgorithms.HmacSha256),
        });
    }
}
