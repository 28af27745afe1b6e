using AgentOps.Cli;

namespace AgentOps.Cli.Tests;

public sealed class when_somebody_reviews
{
    private const string Verdict = """{"id":"r1","kind":"verdict","task":"maze/train/1","answers":0,"wanted":1,"shown":[[{"observation":"You see a [wall].","action":"go north"}]]}""";
    private const string Comparison = """{"id":"r2","kind":"comparison","task":"maze/train/2","answers":0,"wanted":1,"shown":[[{"observation":"a","action":"b"}],[{"observation":"a","action":"c"}]]}""";
    private const string Taken = """{"detail":"Review r2 is closed: 1 of 1 people have answered it."}""";

    [Fact]
    public async Task One_question_comes_after_the_other_until_none_is_left_and_a_lost_race_is_no_failure()
    {
        await using var gateway = new ScriptedServer(
            (200, """{"items":[{"id":"r1"}],"next":null}"""), (200, Verdict), (200, "{}"),
            (200, """{"items":[{"id":"r1"},{"id":"r2"}],"next":null}"""), (200, Comparison), (409, Taken),
            (200, """{"items":[{"id":"r2"}],"next":null}"""));
        // What is no answer is asked again.
        Console.SetIn(new StringReader("yes\na\nwell done\n2\n\n"));

        Assert.Equal(ExitCode.Success, await Root.RunAsync(["reviews", "start", "--url", gateway.Address, "--key", "k"]));

        Assert.Equal(
        [
            "GET /api/v1/reviews", "GET /api/v1/reviews/r1", """POST /api/v1/reviews/r1 {"verdict":"accepted","preferred":null,"reason":"well done"}""",
            "GET /api/v1/reviews", "GET /api/v1/reviews/r2", """POST /api/v1/reviews/r2 {"verdict":null,"preferred":"second","reason":null}""",
            "GET /api/v1/reviews",
        ], gateway.Requests);
    }

    [Fact]
    public async Task A_single_answer_is_refused_as_the_gateway_refuses_it()
    {
        await using var gateway = new ScriptedServer((409, Taken));

        Assert.Equal(ExitCode.Refused, await Root.RunAsync(["reviews", "answer", "r2", "--prefer", "first", "--reason", "shorter", "--url", gateway.Address, "--key", "k"]));
        Assert.Equal(["""POST /api/v1/reviews/r2 {"verdict":null,"preferred":"first","reason":"shorter"}"""], gateway.Requests);
    }
}
