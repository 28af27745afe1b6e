using System.Net;
using AgentOps.Contracts;
using AgentOps.Ledger;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentOps.Gateway.Tests;

[Collection(OneGateway.Name)]
public sealed class who_was_refused_and_who_read_the_audit(GatewayService gateway)
{
    [Fact]
    public async Task Refused_calls_come_into_the_ledger_with_who_what_and_how_often()
    {
        var viewer = await gateway.WithRoleAsync(Role.Viewer);
        var path = $"/api/v1/runs/{Guid.NewGuid()}/cancel";
        for (var i = 0; i < 3; i++)
            Answer.AssertProblem(await viewer.PostAsync(path, new { }), HttpStatusCode.Forbidden, "forbidden");
        Answer.AssertProblem(await gateway.With("a wrong key").PostAsync(path, new { }), HttpStatusCode.Unauthorized, "unauthorized");

        // An answer is out before its call is counted, and the log may be writing by itself.
        var calls = await Patience.UntilAsync("the refused calls in the ledger", async () =>
        {
            await gateway.Log.FlushAsync(default);
            var found = (await gateway.Denied()).SelectMany(denied => denied.Calls).Where(call => call.Path == path).ToList();
            return found.Sum(call => call.Count) >= 4 ? found : null;
        });

        Assert.Equal([("a key of the role Viewer", 403), (null, 401)], calls.Select(call => (call.Caller, call.Status)).Distinct());
        Assert.Equal(3, calls.Where(call => call.Status == 403).Sum(call => call.Count));
        Assert.All(calls, call => Assert.Equal(("POST", "127.0.0.1"), (call.Method, call.Address)));
    }

    [Fact]
    public async Task Whoever_asks_in_vain_in_a_thousand_ways_makes_the_ledger_grow_by_little_and_is_counted_all_the_same()
    {
        await gateway.Log.FlushAsync(default);
        var before = (await gateway.Denied()).Count;
        for (var i = 0; i < 1000; i++)
            gateway.Log.Denied(null, "10.0.0.1", "GET", $"/{i}/{new string('x', 5000)}", 401);

        var denied = await Patience.UntilAsync("the refused calls in the ledger", async () =>
        {
            await gateway.Log.FlushAsync(default);
            var found = (await gateway.Denied()).Skip(before).Where(d => d.Calls[0].Address == "10.0.0.1").ToList();
            return found.Sum(d => d.Omitted + d.Calls.Sum(call => call.Count)) == 1000 ? found : null;
        });
        Assert.All(denied, d => Assert.InRange(d.Calls.Count, 1, AccessLog.MostKinds + 1));
        Assert.All(denied, d => Assert.Equal(0, d.Omitted));
        Assert.All(denied.SelectMany(d => d.Calls), call => Assert.InRange(call.Path.Length, 1, 150));
    }

    [Fact]
    public async Task Who_is_refused_behind_the_flood_of_another_is_named_all_the_same()
    {
        // One that writes down nothing by itself, so that all of this is one event.
        using var log = new AccessLog(gateway.Ledger, TimeProvider.System, NullLogger<AccessLog>.Instance);
        var (before, flood) = ((await gateway.Denied()).Count, $"10.1.{Random.Shared.Next(256)}.1");
        for (var i = 0; i < 1000; i++)
            log.Denied(null, flood, "GET", $"/{i}", 401);
        for (var i = 0; i < 3; i++)
            log.Denied("mallory", "10.2.0.1", "DELETE", $"/api/v1/keys/{i}", 403);
        for (var i = 0; i < AccessLog.MostCallers; i++)
            log.Denied(null, $"10.3.0.{i}", "GET", "/", 401);

        await log.FlushAsync(default);

        var denied = (await gateway.Denied()).Skip(before).Single(d => d.Calls[0].Address == flood);
        Assert.Equal(AccessLog.MostKinds, denied.Calls.Count(call => call.Path != AccessLog.Any));
        Assert.Equal(1000 - AccessLog.MostKinds, denied.Calls.Single(call => call.Address == flood && call.Path == AccessLog.Any).Count);
        Assert.Equal(("10.2.0.1", 403, 3), denied.Calls.Where(call => call.Caller == "mallory").Select(call => (call.Address, call.Status, call.Count)).Single());
        // The flood and mallory take two of the places of callers.
        Assert.Equal((AccessLog.MostKinds + AccessLog.MostCallers, 2), (denied.Calls.Count, denied.Omitted));
    }

    [Theory]
    [InlineData('"')]
    [InlineData('\u2028')]
    [InlineData('\ue000')]
    [InlineData('é')]
    public async Task Whatever_is_asked_in_vain_fits_into_an_event(char worst)
    {
        // As long as names of keys may be, and longer than anything that is kept of a call; six bytes a character where JSON escapes them.
        using var log = new AccessLog(gateway.Ledger, TimeProvider.System, NullLogger<AccessLog>.Instance);
        for (var i = 0; i < AccessLog.MostKinds + AccessLog.MostCallers; i++)
            log.Denied(new string(worst, 100), $"{i:D2}{new string('f', 43)}", new string(worst, 5000), $"/{i}/{new string(worst, 5000)}", 401);

        await log.FlushAsync(default);

        var denied = (await gateway.Denied()).Single(denied => denied.Calls[0].Caller == new string(worst, 100));
        Assert.Equal((AccessLog.MostKinds + AccessLog.MostCallers, 0), (denied.Calls.Count, denied.Omitted));
    }

    [Fact]
    public async Task What_could_not_be_written_down_is_written_down_later()
    {
        var path = $"/api/v1/{Guid.NewGuid()}";
        await gateway.WithoutServersAsync(async () =>
        {
            gateway.Log.Denied("grace", "127.0.0.1", "GET", path, 403);
            await gateway.Log.FlushAsync(default);
            gateway.Log.Denied("grace", "127.0.0.1", "GET", path, 403);
        });

        await Patience.UntilAsync("the refused calls in the ledger", async () =>
        {
            await gateway.Log.FlushAsync(default);
            return (await gateway.Denied()).SelectMany(denied => denied.Calls).Where(call => call.Path == path).Sum(call => call.Count) == 2 ? "there" : null;
        });
    }

    [Theory]
    [InlineData("/api/v1/models/small/versions/1/lineage")]
    [InlineData("/api/v1/models/small/aliases/production?at=2026-11-25T10:00:00Z")]
    [InlineData("/api/v1/models/small/aliases/production/lineage")]
    [InlineData("/api/v1/models/small/aliases/production/evidence")]
    [InlineData("/api/v1/deployments/small/lineage")]
    [InlineData("/api/v1/deployments/small/evidence")]
    [InlineData("/api/v1/lineage/downstream?kind=person&id=ada")]
    [InlineData("/api/v1/ledger/proof?position=1")]
    [InlineData("/api/v1/ledger/export")]
    [InlineData("/api/v1/models/small/versions/1/evidence")]
    [InlineData("/api/v1/audit/record")]
    [InlineData("/api/v1/runs/0197f3a0-1c00-7000-8000-000000000001/events")]
    [InlineData("/api/v1/datasets/0197f3a0-1c00-7000-8000-000000000001/members")]
    [InlineData("/api/v1/datasets/0197f3a0-1c00-7000-8000-000000000001/members/0197f3a0-1c00-7000-8000-000000000002")]
    [InlineData("/api/v1/withdrawals")]
    [InlineData("/api/v1/withdrawals/0197f3a0-1c00-7000-8000-000000000001")]
    [InlineData("/api/v1/deletions/0197f3a0-1c00-7000-8000-000000000001")]
    [InlineData("/api/v1/deployments/small/history")]
    public async Task A_reading_of_the_audit_stands_in_the_ledger_even_where_the_answer_does_not_come(string path)
    {
        Answer.AssertProblem(await gateway.Admin.GetAsync(path), HttpStatusCode.ServiceUnavailable, "service-unavailable");

        Assert.Contains(new AuditRead("admin", path), await gateway.ReadAsync<AuditRead>("access-reads-"));
    }

    [Theory]
    [InlineData("/api/v1/runs")]
    [InlineData("/api/v1/ledger/checkpoint")]
    [InlineData("/api/v1/deployments/small")]
    public async Task What_somebody_looks_at_all_day_is_no_reading_of_the_audit(string path)
    {
        Answer.AssertProblem(await gateway.Admin.GetAsync(path), HttpStatusCode.ServiceUnavailable, "service-unavailable");

        Assert.DoesNotContain(new AuditRead("admin", path), await gateway.ReadAsync<AuditRead>("access-reads-"));
    }

    [Fact]
    public async Task Nothing_of_what_was_read_is_hidden_behind_a_long_query()
    {
        var path = $"/api/v1/models/small/versions/1/evidence?x={new string('x', 4_000)}&datasets=true";

        await gateway.Admin.GetAsync(path);

        Assert.Contains(new AuditRead("admin", path), await gateway.ReadAsync<AuditRead>("access-reads-"));
    }

    [Fact]
    public async Task Refused_calls_of_which_the_ledgers_answer_was_lost_are_counted_once()
    {
        var path = $"/api/v1/{Guid.NewGuid()}";
        await gateway.WithAppendsHeldAsync(async () =>
        {
            gateway.Log.Denied("grace", "127.0.0.1", "GET", path, 403);
            // It is under way when its caller gives up, and is stored all the same.
            using var impatient = new CancellationTokenSource();
            var flushing = gateway.Log.FlushAsync(impatient.Token);
            await gateway.AppendWaitsAsync();
            await impatient.CancelAsync();
            await flushing;
        });

        await gateway.Log.FlushAsync(default);

        Assert.Equal(1, (await gateway.Denied()).SelectMany(denied => denied.Calls).Where(call => call.Path == path).Sum(call => call.Count));
    }

    [Fact]
    public async Task The_audit_is_not_answered_where_the_reading_cannot_be_recorded() => await gateway.WithoutServersAsync(async () =>
    {
        var answer = await gateway.Admin.GetAsync("/api/v1/lineage/downstream?kind=person&id=ada");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status);
        Assert.DoesNotContain("service-unavailable", answer.Text, StringComparison.Ordinal);
    });
}

internal static class AccessEventsOfTheGateway
{
    public static Task<List<CallsDenied>> Denied(this GatewayService gateway) => gateway.ReadAsync<CallsDenied>("access-denied-");

    public static async Task<List<T>> ReadAsync<T>(this GatewayService gateway, string stream) where T : IEvent
    {
        var today = DateTime.UtcNow;
        var found = new List<T>();
        foreach (var day in (DateTime[])[today.AddDays(-1), today])
            await foreach (var stored in gateway.Ledger.ReadStreamAsync($"{stream}{day:yyyy-MM-dd}"))
                if (stored.Data is T fact)
                    found.Add(fact);
        return found;
    }
}
