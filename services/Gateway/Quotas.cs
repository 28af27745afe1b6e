using System.Threading.RateLimiting;
using AgentOps.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.DependencyInjection;

namespace AgentOps.Gateway;

/// <summary>Bounds what one caller can ask for: a bucket of requests for each, refilled every second, and a smaller one for callers without a key.</summary>
public static class Quotas
{
    private const int RequestsPerSecond = 200;
    private const int Burst = 1000;

    public static IServiceCollection AddQuotas(this IServiceCollection services) => services.AddRateLimiter(limiter =>
    {
        limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        limiter.OnRejected = (context, _) => throw new ProblemException(StatusCodes.Status429TooManyRequests, "too-many-requests", $"One caller may make {RequestsPerSecond} requests a second: slow down and try again.");
        limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context => RateLimitPartition.GetTokenBucketLimiter(
            context.User.FindFirst("sub")?.Value ?? $"address:{context.Connection.RemoteIpAddress}",
            caller => new()
            {
                TokenLimit = caller.StartsWith("address:", StringComparison.Ordinal) ? RequestsPerSecond : Burst,
                TokensPerPeriod = caller.StartsWith("address:", StringComparison.Ordinal) ? RequestsPerSecond / 10 : RequestsPerSecond,
                ReplenishmentPeriod = TimeSpan.FromSeconds(1),
                AutoReplenishment = true,
            }));
    });
}
