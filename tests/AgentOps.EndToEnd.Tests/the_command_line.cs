using AgentOps.Contracts;
using AgentOps.Ledger;

namespace AgentOps.EndToEnd.Tests;

/// <summary>What the README shows of <c>agentops</c>, in the order in which somebody comes to it.</summary>
[Collection(OneStack.Name)]
public sealed class the_command_line(Stack stack)
{
    private static readonly string Pipeline = Path.Combine(AppContext.BaseDirectory, "pipelines", "shown.yaml");

    [Fact]
    public async Task The_demo_shows_the_run_what_each_policy_achieved_what_was_promoted_an_answer_and_the_lineage()
    {
        var lines = (await stack.AgentOpsAsync(0, "demo", "--pipeline", Pipeline)).Lines;

        var run = Assert.Single(lines, line => line.StartsWith("Submitted shown.yaml as run ", StringComparison.Ordinal)).Split(' ')[^1].TrimEnd('.');
        var facts = await stack.EndOfAsync(Guid.Parse(run));
        Assert.Matches($@"\A{run} succeeded in [0-9. mins]+ s\z", Assert.Single(lines, line => line.StartsWith($"{run} ", StringComparison.Ordinal)));
        AssertTable(facts, lines);
        AssertDecisions(facts, lines);

        var digest = facts.Promoted().ToString();
        Assert.Contains($"Deployed: shown-agent answers with version {facts.Of<ModelVersionRegistered>()[0].Version}, {digest}.", lines);
        Assert.Single(lines, line => line.EndsWith(digest, StringComparison.Ordinal) && !line.StartsWith("Deployed", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains($"training.completed.v1 at {facts.Last(f => f.Data is TrainingCompleted).Position}", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.EndsWith("person admin", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_run_is_submitted_watched_listed_shown_and_read_back_as_a_file_that_can_be_submitted()
    {
        var watched = await stack.AgentOpsAsync(0, "run", "submit", Pipeline, "--watch");
        Assert.Contains("5.promote succeeded", watched.Lines);
        var run = watched.Lines[^1].Split(' ')[0];

        Assert.Contains((await stack.AgentOpsAsync(0, "run", "list")).Lines, line => line.Contains(run, StringComparison.Ordinal) && line.Contains("succeeded", StringComparison.Ordinal));
        Assert.Equal(run, (await stack.AgentOpsAsync(0, "run", "list", "--json")).Json.GetProperty("items").EnumerateArray().First(item => item.GetProperty("name").GetString() == "shown").GetProperty("id").GetString());
        Assert.Contains((await stack.AgentOpsAsync(0, "run", "show", run)).Lines, line => line.Contains("3.train (sft)", StringComparison.Ordinal));
        Assert.StartsWith($"Run {run} ", (await stack.AgentOpsAsync(3, "run", "cancel", run)).Complained, StringComparison.Ordinal);

        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.File("again.json"), (await stack.AgentOpsAsync(0, "run", "file", run)).Said);
        var again = (await stack.AgentOpsAsync(0, "run", "submit", folder.File("again.json"), "--json")).Json.GetProperty("id").GetString()!;
        Assert.Equal(["Cancelling."], (await stack.AgentOpsAsync(0, "run", "cancel", again)).Lines);
        Assert.Contains($"{again} cancelled", (await stack.AgentOpsAsync(1, "run", "watch", again)).Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_agents_did_is_listed_and_shown_turn_by_turn()
    {
        var facts = await stack.EndOfAsync(await stack.UndisturbedAsync());
        var judged = facts.Of<TrajectoryJudged>().First(judged => judged.Verdict == Verdict.Accepted);
        var trajectory = facts.Of<TrajectoryRecorded>().Single(recorded => recorded.Trajectory == judged.Trajectory);

        var accepted = (await stack.AgentOpsAsync(0, "trajectories", "list", "--run", facts[0].Meta.Run.ToString()!, "--verdict", "accepted", "--json")).Json;
        Assert.All(accepted.GetProperty("items").EnumerateArray(), item => Assert.Equal("accepted", item.GetProperty("verdict").GetString()));
        var shown = (await stack.AgentOpsAsync(0, "trajectories", "show", trajectory.Trajectory.ToString())).Lines;
        Assert.Equal(trajectory.Turns.Select(turn => $"  > {turn.Action}"), shown.Where(line => line.StartsWith("  > ", StringComparison.Ordinal)));
        Assert.Contains("trajectory", (await stack.AgentOpsAsync(3, "trajectories", "show", Guid.Empty.ToString())).Complained, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_model_is_listed_moved_to_under_an_alias_deployed_and_asked()
    {
        var facts = await stack.EndOfAsync(await stack.UndisturbedAsync());
        var version = $"small-agent:{facts.Of<PromotionDecided>().Single().Version}";
        var digest = facts.Promoted().ToString();

        Assert.Contains((await stack.AgentOpsAsync(0, "models", "list")).Lines, line => line.TrimStart().StartsWith("small-agent ", StringComparison.Ordinal));
        Assert.Contains((await stack.AgentOpsAsync(0, "models", "show", "small-agent")).Lines, line => line.Contains(digest, StringComparison.Ordinal));
        Assert.Contains($"{digest}", (await stack.AgentOpsAsync(0, "models", "promote", version, "tried")).Lines[0], StringComparison.Ordinal);
        Assert.StartsWith($"small-agent@tried points at version {version.Split(':')[1]}, {digest}", (await stack.AgentOpsAsync(0, "models", "alias", "small-agent@tried")).Said, StringComparison.Ordinal);
        Assert.Contains("any operator, 0 approvals", (await stack.AgentOpsAsync(0, "models", "policy", "small-agent@tried")).Said, StringComparison.Ordinal);
        await stack.AgentOpsAsync(0, "models", "diff", version, version);

        Assert.Equal([$"tried answers with {version} ({digest})."], (await stack.AgentOpsAsync(0, "deploy", "small-agent@tried", "--name", "tried", "--reason", "to try it")).Lines);
        Assert.Contains((await stack.AgentOpsAsync(0, "lineage", "deployment/tried")).Lines, line => line.EndsWith("named by small-agent@tried", StringComparison.Ordinal));
        using var folder = new TemporaryFolder();
        await stack.AgentOpsAsync(0, "audit", "export", "deployment/tried", "--out", folder.File("evidence.zip"));
        Assert.Contains($"tried was moved to version {version.Split(':')[1]} by admin at ", (await stack.AgentOpsAsync(0, "audit", "verify", folder.File("evidence.zip"))).Said, StringComparison.Ordinal);
        var question = facts.Of<TrajectoryRecorded>()[0].Turns[0].Observation;
        Assert.Equal(digest, (await stack.AgentOpsAsync(0, "chat", "tried", question, "--json")).Json.GetProperty("system_fingerprint").GetString());
    }

    [Fact]
    public async Task Keys_are_made_listed_used_and_revoked()
    {
        var key = (await stack.AgentOpsAsync(0, "keys", "create", "carla", "--role", "viewer")).Said.Trim();
        var id = (await stack.AgentOpsAsync(0, "keys", "list", "--json")).Json.GetProperty("items").EnumerateArray().Single(item => item.GetProperty("name").GetString() == "carla").GetProperty("id").GetString()!;

        await stack.AgentOpsAsync(0, "run", "list", "--key", key);
        await stack.AgentOpsAsync(3, "keys", "list", "--key", key);
        await stack.AgentOpsAsync(0, "keys", "revoke", id);
        await stack.AgentOpsAsync(3, "run", "list", "--key", key);
    }

    [Fact]
    public async Task What_is_asked_withdrawn_refused_and_recorded_is_listed()
    {
        await stack.AgentOpsAsync(0, "reviews", "list");
        await stack.AgentOpsAsync(0, "withdrawals", "list");
        await stack.AgentOpsAsync(0, "deadletters", "list");
        Assert.Contains((await stack.AgentOpsAsync(0, "audit", "record", "--actor", "admin", "--json")).Json.GetProperty("entries").EnumerateArray(),
            entry => entry.GetProperty("type").GetString() == "run.submitted.v1");
    }

    [Fact]
    public async Task A_models_lineage_is_shown_written_in_the_formats_of_others_and_proved_offline()
    {
        var facts = await stack.EndOfAsync(await stack.UndisturbedAsync());
        var version = $"small-agent:{facts.Of<PromotionDecided>().Single().Version}";
        using var folder = new TemporaryFolder();

        Assert.Contains((await stack.AgentOpsAsync(0, "lineage", version)).Lines, line => line.Contains("training.completed.v1", StringComparison.Ordinal));
        await stack.AgentOpsAsync(0, "lineage", version, "--format", "cyclonedx", "--out", folder.File("bom.json"));
        Assert.Equal("CycloneDX", JsonDocument.Parse(await File.ReadAllTextAsync(folder.File("bom.json"))).RootElement.GetProperty("bomFormat").GetString());
        await stack.AgentOpsAsync(0, "downstream", "run", facts[0].Meta.Run.ToString()!);

        var key = Path.Combine(stack.App.Home, "checkpoints", "key.pub");
        await stack.AgentOpsAsync(0, "audit", "export", version, "--datasets", "--out", folder.File("evidence.zip"));
        var proved = (await stack.AgentOpsAsync(0, "audit", "verify", folder.File("evidence.zip"), "--key", key)).Said;
        Assert.Contains(facts.Promoted().ToString(), proved, StringComparison.Ordinal);
        Assert.Matches(@"The contents of (\d+) of \1 data sets", proved);
        var half = await File.ReadAllBytesAsync(folder.File("evidence.zip"));
        await File.WriteAllBytesAsync(folder.File("evidence.zip"), half[..(half.Length / 2)]);
        await stack.AgentOpsAsync(1, "audit", "verify", folder.File("evidence.zip"), "--key", key);
    }

    [Fact]
    public async Task The_ledger_is_verified_where_it_lies_and_from_its_export()
    {
        using var folder = new TemporaryFolder();
        await stack.EndOfAsync(await stack.UndisturbedAsync());

        await stack.AgentOpsAsync(0, "ledger", "verify");
        await stack.AgentOpsAsync(0, "ledger", "export", "--out", folder.File("ledger.jsonl"));
        await stack.AgentOpsAsync(0, "ledger", "verify", folder.File("ledger.jsonl"), "--key", Path.Combine(stack.App.Home, "checkpoints", "key.pub"));
    }

    /// <summary>The shares that the evaluation's event has, and the pairs of it.</summary>
    private static void AssertTable(IReadOnlyList<StoredEvent> facts, IReadOnlyList<string> lines)
    {
        var report = Assert.Single(facts.Of<EvaluationCompleted>()).Report;
        foreach (var policy in report.Policies)
            Assert.Single(lines, line => line.TrimStart().StartsWith($"{policy.Name} ", StringComparison.Ordinal) && line.Contains($" {policy.Success.Successes}/{policy.Success.Of} ", StringComparison.Ordinal));
        Assert.All(report.Pairs, pair => Assert.Single(lines, line => line.Contains($"{pair.A} / {pair.B} ", StringComparison.Ordinal)));
    }

    private static void AssertDecisions(IReadOnlyList<StoredEvent> facts, IReadOnlyList<string> lines)
    {
        var findings = facts.Of<PromotionDecided>().SelectMany(decided => decided.Candidates).SelectMany(candidate => candidate.Findings.Select(finding => $"  {candidate.Name}: {finding}"));
        Assert.Contains($"Promoted: shown-agent@baseline is version {facts.Of<ModelVersionRegistered>()[0].Version}.", lines);
        Assert.Contains("Refused: shown-agent@production stays where it was.", lines);
        Assert.Subset(lines.ToHashSet(), findings.ToHashSet());
    }
}
