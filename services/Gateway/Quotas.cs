using System.Globalization;
using AgentOps.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;

namespace AgentOps.Gateway;

/// <summary>Bounds what one caller can ask for: a bucket of requests for each, and a smaller one for callers without a key.</summary>
/// <remarks>ASP.NET's own partitioned limiter wakes ten times a second for as long as the process lives: with it the idle gateway used 1.6 % of a core, without it 0.4 % (StackBenchmark, 2026-11-25).</remarks>
public sealed class Quotas(TimeProvider clock) : IDisposable
{
    private static readonly Quota ForAKey = new(Burst: 1000, PerSecond: 200);
    // Each reading of the audit stands in the ledger for ever.
    private static readonly Quota ForReadings = new(Burst: 300, PerSecond: 10);
    private static readonly Quota ForAnAddress = new(Burst: 200, PerSecond: 20);

    // A bucket left alone for this long is full again, and so need not be remembered.
    private static readonly TimeSpan Forget = TimeSpan.FromMinutes(1);
    private readonly MemoryCache _buckets = new(new MemoryCacheOptions());

    /// <exception cref="ProblemException">This caller has used up its requests: status 429.</exception>
    public void Charge(string? subject, string address)
    {
        var quota = subject is null ? ForAnAddress : ForAKey;
        Take(subject is null ? $"address:{address}" : $"subject:{subject}", quota, "make", "requests");
    }

    /// <exception cref="ProblemException">This caller has read the audit too often: status 429.</exception>
    public void ChargeReading(string subject) => Take($"reads:{subject}", ForReadings, "read the audit", "times");

    private void Take(string bucket, Quota quota, string what, string times)
    {
        if (!BucketOf(bucket, quota).TryTake())
            throw new ProblemException(StatusCodes.Status429TooManyRequests, "too-many-requests",
                string.Create(CultureInfo.InvariantCulture, $"This caller may {what} {quota.PerSecond} {times} a second: slow down and try again."));
    }

    public void Dispose() => _buckets.Dispose();

    private TokenBucket BucketOf(string caller, Quota quota) => _buckets.GetOrCreate(caller, entry =>
    {
        entry.SlidingExpiration = Forget;
        return new TokenBucket(quota, clock);
    })!;
}

public static class QuotaMiddleware
{
    public static void UseQuotas(this WebApplication app) => app.Use((context, next) =>
    {
        context.RequestServices.GetRequiredService<Quotas>().Charge(context.User.FindFirst("sub")?.Value, $"{context.Connection.RemoteIpAddress}");
        return next(context);
    });
}
