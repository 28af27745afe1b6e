using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using AgentOps.Contracts;
using AgentOps.Exports.Tests;
using AgentOps.Tests;

namespace AgentOps.Registry.Tests;

/// <summary>Against a real listener: nothing is lost while it is away, and the order is the ledger's.</summary>
[Collection(OneRegistry.Name)]
public sealed class RunsAreToldToAnOpenLineageEndpoint(RegistryService registry)
{
    private const string Token = "a-token-that-nobody-may-read";

    /// <summary>One test: the cursor is the service's own, and each part goes on where the one before has stopped.</summary>
    [Fact]
    public async Task Nothing_is_lost_and_the_order_is_kept_while_it_is_away_refuses_or_the_service_is_started_again()
    {
        var port = FreePort();
        await File.WriteAllTextAsync(registry.TokenFile, Token + "\n");
        string[] settings = [$"--AGENTOPS_OPENLINEAGE_URL=http://127.0.0.1:{port}", $"--AGENTOPS_OPENLINEAGE_TOKEN_FILE={registry.TokenFile}"];

        // Away from the beginning: the service waits, says for what, and is stopped.
        var log = new LogLines();
        await using (var waiting = await registry.StartAsync(log, settings))
        {
            await SaidAsync(log, $"http://127.0.0.1:{port}/api/v1/lineage has not taken event 1 ");
            await waiting.StopAsync();
        }

        // Started again, the endpoint refuses twice, then takes all of it.
        await using var listener = await LineageListener.StartAsync(port);
        listener.Refuse(2);
        await using var service = await registry.StartAsync(log, settings);
        var run = await TakenAsync(listener, 2 * (1 + 10 + 1));
        Assert.Equal([run[0], run[0]], listener.Refused);
        Assert.Equal("START COMPLETE", Kinds(run, SampleLineage.Run.Value));
        Assert.All(run.GroupBy(RunIdOf), own => Assert.Matches("^START (COMPLETE|FAIL)$", Kinds(run, own.Key)));
        Assert.Equal(run.Select(TimeOf).Order(), run.Select(TimeOf));
        Assert.Contains(run, told => told.Contains("rules/1", StringComparison.Ordinal));
        Assert.Contains(run, told => told.Contains(SampleLineage.Environment, StringComparison.Ordinal));

        // It refuses in the middle of another run.
        var next = RunId.Create();
        listener.Refuse(1);
        var submitted = registry.Sample.Select(f => f.Data).OfType<RunSubmitted>().Single() with { Run = next };
        await registry.AppendAsync(next, submitted, new RunFailed(next, "base", "no disk"));
        var told = (await TakenAsync(listener, 2 * (1 + 10 + 1) + 2))[^2..];
        Assert.Equal("START FAIL", Kinds(told, next.Value));
        Assert.Equal(told[0], listener.Refused.Last());

        // With its token, and without a word of it.
        Assert.All(listener.Authorizations, sent => Assert.Equal($"Bearer {Token}", sent));
        await SaidAsync(log, "it answered 503: not now, Bearer …");
        Assert.DoesNotContain(log.Lines, line => line.Contains(Token, StringComparison.Ordinal));
        await service.StopAsync();

        // What was told is not told again by the next service.
        await using var again = await registry.StartAsync(log, settings);
        var other = RunId.Create();
        await registry.AppendAsync(other, submitted with { Run = other });
        var last = await TakenAsync(listener, 2 * (1 + 10 + 1) + 3);
        Assert.Equal([.. run, .. told], last[..^1]);
        Assert.Equal(other.Value, RunIdOf(last[^1]));
        await again.StopAsync();
    }

    [Theory]
    [InlineData("127.0.0.1:5000", "not an address")]
    [InlineData("ftp://127.0.0.1", "not an address")]
    [InlineData("http://user:secret@127.0.0.1", "carries a password")]
    [InlineData("http://127.0.0.1/?key=secret", "carries a password")]
    public void An_address_that_is_none_or_would_be_logged_with_a_secret_is_refused(string address, string sentence)
    {
        var refused = Assert.Throws<InvalidOperationException>(() => OpenLineageEndpoint.Of(key => key == "AGENTOPS_OPENLINEAGE_URL" ? address : null));
        Assert.Contains(sentence, refused.Message);
        Assert.DoesNotContain("secret", refused.Message);
    }

    [Fact]
    public void Where_no_address_is_configured_nothing_is_told() => Assert.Null(OpenLineageEndpoint.Of(_ => null));

    private static Task SaidAsync(LogLines log, string sentence) => Patience.UntilAsync(sentence, () => Task.FromResult(log.Lines.FirstOrDefault(line => line.Contains(sentence, StringComparison.Ordinal))));

    private static Task<string[]> TakenAsync(LineageListener listener, int count) => Patience.UntilAsync($"{count} events", () =>
        Task.FromResult(listener.Taken.Count >= count ? listener.Taken.ToArray() : null));

    private static string Kinds(IEnumerable<string> told, Guid run) => string.Join(' ', told.Where(one => RunIdOf(one) == run).Select(one => JsonDocument.Parse(one).RootElement.GetProperty("eventType").GetString()));

    private static Guid RunIdOf(string told) => JsonDocument.Parse(told).RootElement.GetProperty("run").GetProperty("runId").GetGuid();

    private static DateTimeOffset TimeOf(string told) => JsonDocument.Parse(told).RootElement.GetProperty("eventTime").GetDateTimeOffset();

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
