using AgentOps.Cli;

namespace AgentOps.Cli.Tests;

public sealed class answers_that_come_in_parts
{
    private const string Entry = """{"position":3,"at":"2026-11-26T08:00:00Z","actor":"ada","type":"withdrawal.made.v1","stream":"withdrawal-1","data":{"reason":"asked for"}}""";

    [Theory]
    [InlineData("--json")]
    [InlineData("--actor", "ada")]
    public async Task The_record_is_read_page_by_page_to_its_end(params string[] options)
    {
        await using var gateway = new ScriptedServer(
            (200, $$"""{"items":[{{Entry}},{{Entry}}],"next":"3"}"""),
            (200, $$"""{"items":[{{Entry}}],"next":"4"}"""),
            (200, """{"items":[],"next":null}"""));

        Assert.Equal(ExitCode.Success, await Root.RunAsync(["audit", "record", "--url", gateway.Address, "--key", "k", .. options]));
        Assert.Equal(3, gateway.Answered);
    }

    [Theory]
    [InlineData("models", """{"name":"small","latestVersion":1,"aliases":{}}""")]
    [InlineData("keys", """{"id":"1","name":"ada","role":"viewer"}""")]
    [InlineData("withdrawals", """{"id":"1","subject":{"kind":"trajectory","id":"2"},"reason":"asked for"}""")]
    public async Task A_list_is_read_to_its_end(string what, string item)
    {
        await using var gateway = new ScriptedServer((200, $$"""{"items":[{{item}}],"next":"x"}"""), (200, $$"""{"items":[{{item}}]}"""));

        Assert.Equal(ExitCode.Success, await Root.RunAsync([what, "list", "--url", gateway.Address, "--key", "k"]));
        Assert.Equal(2, gateway.Answered);
    }

    [Theory]
    [InlineData(ExitCode.Success, """{"run":"r","status":"completed","deleted":4,"kept":1}""")]
    [InlineData(ExitCode.Failed, """{"run":"r","status":"refused","refusal":"small:1 is made of it."}""")]
    public async Task A_deletion_is_waited_for_and_its_end_is_the_commands(int code, string end)
    {
        const string requested = """{"run":"r","status":"requested"}""";
        await using var gateway = new ScriptedServer((202, requested), (200, requested), (200, end));

        Assert.Equal(code, await Root.RunAsync(["run", "delete-files", "r", "--reason", "old", "--url", gateway.Address, "--key", "k"]));
        Assert.Equal(3, gateway.Answered);
    }
}
