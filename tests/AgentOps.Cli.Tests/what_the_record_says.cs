using System.Text.Json;
using AgentOps.Cli.Commands;

namespace AgentOps.Cli.Tests;

public sealed class what_the_record_says
{
    [Theory]
    [InlineData("""{"version":3,"movedBy":"bob","reason":"the release"}""", "the release")]
    [InlineData("""{"candidates":[{"name":"rft","findings":["final.success > sft.success: 0.8 against 0.7, holds."]}]}""", "final.success > sft.success: 0.8 against 0.7, holds.")]
    [InlineData("""{"candidates":[{"name":"rft","passed":false,"findings":["it is not better."]},{"name":"eto","passed":true,"findings":["it is better.","m@production may be moved by ada, not by gate."]}]}""", "m@production may be moved by ada, not by gate.")]
    [InlineData("""{"retryOf":"r"}""", "again after r")]
    [InlineData("""{"version":3,"movedBy":"bob"}""", "")]
    public void An_entry_says_when_who_what_on_what_and_why(string data, string why) =>
        Assert.Equal(["7", "2026-11-27 08:00:00", "bob", "model.alias-moved.v1", "model-agent", why], RecordCommand.Row(JsonDocument.Parse(
            $$"""{"position":7,"at":"2026-11-27T10:00:00+02:00","actor":"bob","type":"model.alias-moved.v1","stream":"model-agent","data":{{data}}}""").RootElement));

    [Fact]
    public async Task It_is_asked_of_a_time_in_utc()
    {
        await using var gateway = new ScriptedServer((200, """{"items":[]}"""));

        Assert.Equal(ExitCode.Success, await Root.RunAsync(["audit", "record", "--from", "2026-11-01T02:00:00+02:00", "--to", "2026-11-02", "--actor", "bob", "--url", gateway.Address, "--key", "k"]));

        Assert.StartsWith("GET /api/v1/audit/record?from=2026-11-01T00%3A00%3A00Z&to=2026-11-0", gateway.Requests[0], StringComparison.Ordinal);
        Assert.EndsWith("&actor=bob", gateway.Requests[0], StringComparison.Ordinal);
    }
}
