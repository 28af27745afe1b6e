using System.Text.Json;
using AgentOps.Cli.Commands;

namespace AgentOps.Cli.Tests;

public sealed class how_a_lineage_is_shown
{
    [Fact]
    public void A_node_stands_with_its_last_event_above_what_it_was_made_from_and_is_not_unfolded_twice()
    {
        var lines = Shown("""
            {"root":{"kind":"model","id":"m2"},"complete":true,"nodes":[
              {"reference":{"kind":"model","id":"m2"},"events":[{"position":7,"type":"training.requested.v1"},{"position":9,"type":"training.completed.v1"}],"inputs":[{"kind":"model","id":"m1"},{"kind":"dataset","id":"d"}]},
              {"reference":{"kind":"model","id":"m1"},"events":[{"position":5,"type":"training.completed.v1"}],"inputs":[{"kind":"dataset","id":"d"}]},
              {"reference":{"kind":"dataset","id":"d"},"events":[{"position":3,"type":"dataset.built.v1"}],"inputs":[{"kind":"environment","id":"maze"}],"counted":{"trajectory":8,"sample":6}},
              {"reference":{"kind":"environment","id":"maze"}}]}
            """);

        Assert.Equal(
            [
                "model m2 training.completed.v1 at 9",
                "├── model m1 training.completed.v1 at 5",
                "│   └── dataset d dataset.built.v1 at 3",
                "│       ├── environment maze",
                "│       ├── and 8 more of kind trajectory",
                "│       └── 6 samples, which the set took of these",
                "└── dataset d dataset.built.v1 at 3 (above)",
            ], lines);
    }

    [Fact]
    public void A_person_stands_wherever_she_did_something()
    {
        var lines = Shown("""
            {"root":{"kind":"dataset","id":"d"},"complete":true,"nodes":[
              {"reference":{"kind":"dataset","id":"d"},"inputs":[{"kind":"run","id":"r"},{"kind":"judgement","id":"j"}]},
              {"reference":{"kind":"run","id":"r"},"inputs":[{"kind":"person","id":"ada"}]},
              {"reference":{"kind":"judgement","id":"j"},"inputs":[{"kind":"run","id":"r"},{"kind":"person","id":"ada"}]},
              {"reference":{"kind":"person","id":"ada"}}]}
            """);

        Assert.Equal(["dataset d", "├── run r", "│   └── person ada", "└── judgement j", "    └── person ada"], lines);
    }

    [Fact]
    public void Below_a_deployment_and_an_alias_stands_first_who_decided_when_and_why()
    {
        var lines = Shown("""
            {"root":{"kind":"deployment","id":"talk"},"complete":true,
             "deployment":{"deployment":"talk","model":"agent","version":3,"activatedBy":"dora","at":"2026-11-25T11:00:00Z","position":9,"alias":"production"},
             "move":{"model":"agent","alias":"production","version":3,"previous":2,"movedBy":"bob","at":"2026-11-25T10:00:00Z","position":8,"evidence":"e","reason":"the release",
               "terms":{"movers":["bob"],"passedGate":true,"approvals":1,"setBy":"root","at":"2026-11-20T10:00:00Z","position":2},"gate":{"findings":["it is better."],"at":"2026-11-24T10:00:00Z","position":5},
               "proposal":{"by":"bob","at":"2026-11-25T09:00:00Z","position":6},"approvals":[{"by":"grace","at":"2026-11-25T10:00:00Z","position":7,"reason":"the figures hold"}]},
             "nodes":[
              {"reference":{"kind":"deployment","id":"talk"},"events":[{"position":9,"type":"deployment.activated.v1"}],"inputs":[{"kind":"model-version","id":"agent@production"},{"kind":"model-version","id":"agent:3"}]},
              {"reference":{"kind":"model-version","id":"agent@production"},"events":[{"position":8,"type":"model.alias-moved.v1"}],"inputs":[{"kind":"model-version","id":"agent:3"},{"kind":"person","id":"grace"}]},
              {"reference":{"kind":"model-version","id":"agent:3"}},{"reference":{"kind":"person","id":"grace"}}]}
            """);

        Assert.Equal(
            [
                "deployment talk deployment.activated.v1 at 9",
                "├── talk answers with agent:3, activated by dora at 2026-11-25 11:00:00 UTC",
                "├── named by agent@production",
                "└── model-version agent@production model.alias-moved.v1 at 8",
                "    ├── production was moved from version 2 to version 3 by bob at 2026-11-25 10:00:00 UTC on the evidence of evaluation e: the release",
                "    ├── a gate let the version pass at 2026-11-24 10:00:00 UTC: it is better.",
                "    ├── asked for by bob at 2026-11-25 09:00:00 UTC",
                "    ├── approved by grace at 2026-11-25 10:00:00 UTC: the figures hold",
                "    ├── the policy of root was in force: bob may move it, to versions that passed a gate, with 1 approvals by others",
                "    ├── model-version agent:3",
                "    └── person grace",
            ], lines);
    }

    [Fact]
    public void What_was_not_followed_says_so() =>
        Assert.Equal(["model m", "└── dataset d (not followed further)"], Shown("""
            {"root":{"kind":"model","id":"m"},"complete":false,"nodes":[{"reference":{"kind":"model","id":"m"},"inputs":[{"kind":"dataset","id":"d"}]}]}
            """));

    [Fact]
    public void A_model_stands_with_the_settings_the_seed_and_the_machine_that_it_came_of() =>
        Assert.Equal(
            [
                "model m2 training.completed.v1 at 9",
                "├── with kind train, method sft, tokens 900000, learningRate 0.002, seed 99",
                "├── on device cpu, threads 2, libtorch 1.13.1",
                "└── judge rules/1",
            ], Shown("""
            {"root":{"kind":"model","id":"m2"},"complete":true,"nodes":[
              {"reference":{"kind":"model","id":"m2"},"events":[{"position":9,"type":"training.completed.v1"}],"inputs":[{"kind":"judge","id":"rules/1"}],"makings":[
                {"position":9,"work":{"kind":"train","method":"sft","from":"sha256:aa","options":{"tokens":900000,"learningRate":0.002},"seed":99},"machine":{"device":"cpu","threads":2,"libtorch":"1.13.1"}}]},
              {"reference":{"kind":"judge","id":"rules/1"}}]}
            """));

    [Fact]
    public void A_single_file_stands_with_its_name_above_the_versions_that_have_it() =>
        Assert.Equal(["artifact f model.safetensors training.completed.v1 at 9", "└── model-version agent:3"], Shown("""
            {"root":{"kind":"artifact","id":"f"},"complete":true,"nodes":[
              {"reference":{"kind":"artifact","id":"f"},"events":[{"position":9,"type":"training.completed.v1"}],"inputs":[{"kind":"model-version","id":"agent:3"}],"names":["model.safetensors"]},
              {"reference":{"kind":"model-version","id":"agent:3"}}]}
            """));

    [Theory]
    [InlineData("sha256:")]
    [InlineData("")]
    public async Task A_hash_is_asked_for_as_sha256sum_prints_it_too(string prefix)
    {
        var hash = new string('a', 64);
        await using var gateway = new ScriptedServer((200, """{"root":{"kind":"artifact","id":"f"},"complete":true,"nodes":[]}"""));

        Assert.Equal(ExitCode.Success, await Root.RunAsync(["lineage", prefix + hash, "--url", gateway.Address, "--key", "k"]));

        Assert.Equal([$"GET /api/v1/lineage/sha256:{hash}"], gateway.Requests);
    }

    [Fact]
    public void What_came_of_something_hangs_at_what_it_was_made_of() =>
        Assert.Equal(
            [
                "trajectory t",
                "├── dataset d dataset.built.v1 at 3",
                "│   └── model m training.completed.v1 at 5",
                "├── judgement j judgement.completed.v1 at 4, by decision alone",
                "├── and 2 of kind trajectory on the way",
                "└── and more, not followed further: a list is gone",
            ], DownstreamCommand.TreeOf(JsonDocument.Parse("""
            {"root":{"kind":"trajectory","id":"t"},"complete":false,"reason":"a list is gone","trajectories":2,"nodes":[
              {"reference":{"kind":"dataset","id":"d"},"event":{"position":3,"type":"dataset.built.v1"},"from":{"kind":"trajectory","id":"t"}},
              {"reference":{"kind":"judgement","id":"j"},"event":{"position":4,"type":"judgement.completed.v1"},"from":{"kind":"trajectory","id":"t"},"via":"decision"},
              {"reference":{"kind":"model","id":"m"},"event":{"position":5,"type":"training.completed.v1"},"from":{"kind":"dataset","id":"d"}}]}
            """).RootElement).Lines());

    private static IEnumerable<string> Shown(string lineage) => LineageCommand.TreeOf(JsonDocument.Parse(lineage).RootElement).Lines();
}
