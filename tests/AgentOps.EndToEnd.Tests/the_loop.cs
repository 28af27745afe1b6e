using System.Net;
using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Ledger;
using AgentOps.Proofs;

namespace AgentOps.EndToEnd.Tests;

[Collection(OneStack.Name)]
public sealed class the_loop(Stack stack) : IAsyncLifetime
{
    private Guid _run;
    private IReadOnlyList<StoredEvent> _facts = [];

    public async Task InitializeAsync()
    {
        _run = await stack.UndisturbedAsync();
        _facts = await stack.EndOfAsync(_run);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_run_leaves_balanced_books_and_a_ledger_that_verifies()
    {
        Books.AssertBalanced(_facts);
        var report = await stack.Facts.VerifyAsync();
        Assert.True(report.Holds, report.Fault?.ToString());
        Assert.Equal(report.Events, report.Sealed);
    }

    [Fact]
    public Task The_live_views_equal_those_rebuilt_from_the_first_event() => stack.AssertEqualToRebuiltAsync();

    [Fact]
    public async Task The_api_shows_the_run_its_steps_and_its_end()
    {
        var run = (await stack.Admin.GetAsync($"/api/v1/runs/{_run}")).Is(HttpStatusCode.OK).Json;
        Assert.Equal("succeeded", run.GetProperty("status").GetString());
        Assert.Equal("admin", run.GetProperty("submittedBy").GetString());
        Assert.Equal(["base", "1.generate", "2.judge", "3.train.dataset", "3.train", "4.evaluate", "5.promote"],
            run.GetProperty("steps").EnumerateArray().Select(s => s.GetProperty("path").GetString()));
        Assert.All(run.GetProperty("steps").EnumerateArray(), s => Assert.Equal("succeeded", s.GetProperty("status").GetString()));
        Assert.StartsWith("small-agent:", run.GetProperty("model").GetString());
    }

    [Fact]
    public async Task The_runs_event_stream_tells_everything_once_and_ends()
    {
        var stream = (await stack.Admin.GetAsync($"/api/v1/runs/{_run}/events")).Is(HttpStatusCode.OK);
        Assert.Equal("text/event-stream", stream.ContentType);
        var positions = stream.Text.Split('\n').Where(l => l.StartsWith("id: ", StringComparison.Ordinal)).Select(l => long.Parse(l[4..])).ToList();
        Assert.Equal(_facts.Where(f => f.Data is not TrajectoryRecorded && f.Position <= positions[^1]).Select(f => f.Position), positions);
        Assert.EndsWith("run.succeeded.v1", stream.Text.Split('\n').Last(l => l.StartsWith("event: ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Every_trajectory_of_the_run_is_listed_and_one_is_shown_with_its_turns_and_scores()
    {
        var items = new List<JsonElement>();
        string? cursor = "";
        while (cursor is not null)
        {
            var page = (await stack.Admin.GetAsync($"/api/v1/trajectories?run={_run}{cursor}")).Is(HttpStatusCode.OK).Json;
            items.AddRange(page.GetProperty("items").EnumerateArray());
            cursor = page.TryGetProperty("next", out var next) ? $"&cursor={next.GetString()}" : null;
        }
        Assert.Equal(_facts.Of<TrajectoryRecorded>().Select(t => t.Trajectory.Value).ToHashSet(), items.Select(i => i.GetProperty("id").GetGuid()).ToHashSet());
        var judged = _facts.Of<TrajectoryJudged>()[0];
        var shown = (await stack.Admin.GetAsync($"/api/v1/trajectories/{judged.Trajectory}")).Is(HttpStatusCode.OK).Json;
        Assert.NotEqual(0, shown.GetProperty("turns").GetArrayLength());
        Assert.Equal(judged.Opinions.Select(o => o.Judge), shown.GetProperty("scores").EnumerateArray().Select(s => s.GetProperty("judge").GetString()));
    }

    [Fact]
    public async Task A_promoted_model_is_deployed_and_every_answer_carries_its_digest()
    {
        var digest = await DeployAsync();
        var question = _facts.Of<TrajectoryRecorded>()[0].Turns[0].Observation;
        var whole = await stack.Admin.AskAsync("small", question);
        var streamed = await stack.Admin.AskStreamedAsync("small", question);

        Assert.Equal(digest, whole.Digest);
        Assert.Equal(whole.Ids.Count, whole.LogProbs.Count);
        Assert.All(whole.LogProbs, p => Assert.True(p <= 0));
        Assert.Equivalent(whole, streamed, strict: true);
        await stack.Facts.WaitForAsync("the loaded model", _run, e => e is ModelLoaded { Deployment: "small" });
    }

    [Fact]
    public async Task The_lineage_of_what_is_deployed_reaches_its_data_set_training_trajectories_and_run()
    {
        var digest = await DeployAsync();
        var tree = (await stack.Admin.GetAsync($"/api/v1/lineage/{digest}")).Is(HttpStatusCode.OK).Json;
        var reached = Reached(tree).ToHashSet();

        Assert.Contains(("run", _run.ToString()), reached);
        var training = _facts.Of<TrainingCompleted>().Single(t => t.Model.ToString() == digest);
        Assert.Contains(("training", training.Training.ToString()), reached);
        var dataset = _facts.Of<DatasetBuilt>().Single();
        Assert.Contains(("dataset", dataset.Dataset.ToString()), reached);
        Assert.Contains(("model", ((TrainWork)training.Work).From.ToString()), reached);
        Assert.Contains(reached, r => r is ("person", "admin"));
        Assert.Contains(reached, r => r.Kind == "environment");
        var trajectories = _facts.Of<TrajectoryRecorded>().Select(t => t.Trajectory.ToString()).ToHashSet();
        Assert.Contains(reached, r => r.Kind == "trajectory" && trajectories.Contains(r.Id));
    }

    [Fact]
    public async Task What_came_of_a_trajectory_reaches_the_deployment_and_no_other_run_that_came_to_the_same_bytes()
    {
        var digest = await DeployAsync();
        Assert.Equal(digest, (await stack.EndOfAsync(await stack.SubmitAsync("small-loop.yaml"))).Promoted().ToString());
        var version = $"small-agent:{_facts.Of<PromotionDecided>().Single().Version}";
        var member = await MemberAsync();

        var made = await Patience.UntilAsync("the deployment to be seen", async () =>
            (await DownstreamAsync("trajectory", member)) is var found && found.Contains(("deployment", "small")) ? found : null);

        Assert.Contains(("dataset", _facts.Of<DatasetBuilt>().Single().Dataset.ToString()), made);
        Assert.Contains(("model", digest), made);
        Assert.Contains(("model-version", "small-agent@production"), made);
        // Further aliases may point there; of the versions, there is this one.
        Assert.Equal([version], made.Where(node => node.Kind == "model-version" && node.Id.Contains(':', StringComparison.Ordinal)).Select(node => node.Id));
    }

    [Fact]
    public async Task What_came_of_a_trajectory_that_was_only_tested_on_is_no_data_set()
    {
        var tested = _facts.Of<TrajectoryRecorded>().First(t => t.Task.Contains("test", StringComparison.Ordinal)).Trajectory.ToString();
        var made = await DownstreamAsync("trajectory", tested);

        Assert.Contains(("evaluation", _facts.Of<EvaluationCompleted>().Single().Evaluation.ToString()), made);
        Assert.DoesNotContain(made, node => node.Kind is "dataset");
    }

    [Fact]
    public async Task A_trajectory_that_the_judge_refused_is_in_no_data_set_and_no_model_though_its_generation_is()
    {
        var facts = await stack.EndOfAsync(await stack.SubmitAsync("some-refused.yaml"));
        var dataset = ("dataset", facts.Of<DatasetBuilt>().Single().Dataset.ToString());
        var verdicts = facts.Of<TrajectoryJudged>().ToLookup(judged => judged.Verdict, judged => judged.Trajectory.ToString());

        var accepted = await DownstreamAsync("trajectory", verdicts[Verdict.Accepted].First());
        Assert.Contains(dataset, accepted);
        Assert.Contains(accepted, node => node.Kind == "model");

        var refused = await DownstreamAsync("trajectory", verdicts[Verdict.Rejected].First());
        Assert.Contains(refused, node => node.Kind == "judgement");
        Assert.DoesNotContain(refused, node => node.Kind is "dataset" or "model" or "artifact");
    }

    [Fact]
    public async Task Whose_samples_a_data_set_holds_is_listed_and_each_can_be_proved_alone()
    {
        var built = _facts.Single(f => f.Data is DatasetBuilt);
        var dataset = (DatasetBuilt)built.Data;
        var items = (await stack.Admin.GetAsync($"/api/v1/datasets/{dataset.Dataset}/members")).Is(HttpStatusCode.OK).Json.GetProperty("items").EnumerateArray().ToList();
        Assert.Equal(dataset.Samples, items.Count);

        var member = items[7].GetProperty("trajectories")[0].GetString()!;
        var proof = (await stack.Admin.GetAsync($"/api/v1/datasets/{dataset.Dataset}/members/{member}")).Is(HttpStatusCode.OK).Json;

        Assert.Equal(built.Position, proof.GetProperty("position").GetInt64());
        var leaf = Rfc6962.Leaf(System.Text.Encoding.ASCII.GetBytes(proof.GetProperty("line").GetString()!));
        byte[][] path = [.. proof.GetProperty("path").EnumerateArray().Select(hash => hash.GetBytesFromBase64())];
        Assert.True(InclusionProof.Verify(7, dataset.Samples, leaf, path, dataset.MembersRoot!.Value.Bytes));
        Answer.AssertProblem(await stack.Admin.GetAsync($"/api/v1/datasets/{dataset.Dataset}/members/{Guid.NewGuid()}"), HttpStatusCode.NotFound, "unknown-member");
    }

    [Theory]
    [InlineData("kind=robot&id=1", HttpStatusCode.BadRequest, "reference-kind")]
    [InlineData("kind=dataset&id=0197f3a0-1c00-7000-8000-000000000001", HttpStatusCode.NotFound, "unknown-dataset")]
    [InlineData("kind=dataset&id=none", HttpStatusCode.BadRequest, "reference-id")]
    [InlineData("kind=environment&id=%00", HttpStatusCode.BadRequest, "reference-id")]
    public async Task What_nobody_knows_has_nothing_downstream(string query, HttpStatusCode status, string kind) =>
        Answer.AssertProblem(await stack.Admin.GetAsync($"/api/v1/lineage/downstream?{query}"), status, kind);

    private async Task<string> MemberAsync()
    {
        using var members = new StreamReader(await new ArtifactStore(stack.ArtifactFolder()).OpenAsync(_facts.Of<DatasetBuilt>().Single().Members));
        return (await members.ReadLineAsync())!;
    }

    private async Task<List<(string Kind, string Id)>> DownstreamAsync(string kind, string id) =>
        [.. (await stack.Admin.GetAsync($"/api/v1/lineage/downstream?kind={kind}&id={id}")).Is(HttpStatusCode.OK).Json.GetProperty("nodes").EnumerateArray().Select(node => Named(node.GetProperty("reference")))];

    private async Task<string> DeployAsync()
    {
        var version = _facts.Of<PromotionDecided>().Single().Version;
        var deployed = (await stack.Admin.PostAsync("/api/v1/deployments", new { model = $"small-agent:{version}", name = "small" })).Is(HttpStatusCode.OK).Json;
        var digest = deployed.GetProperty("digest").GetString()!;
        Assert.Equal(_facts.Promoted().ToString(), digest);
        return digest;
    }

    /// <summary>The nodes, after a look that each but the root is reached from another.</summary>
    private static IEnumerable<(string Kind, string Id)> Reached(JsonElement lineage)
    {
        var nodes = lineage.GetProperty("nodes").EnumerateArray().ToList();
        var read = nodes.Where(node => node.TryGetProperty("inputs", out _)).SelectMany(node => node.GetProperty("inputs").EnumerateArray()).Select(Named).ToHashSet();
        var reached = nodes.Select(node => Named(node.GetProperty("reference"))).ToList();
        Assert.Equal(Named(lineage.GetProperty("root")), reached[0]);
        Assert.All(reached.Skip(1), node => Assert.Contains(node, read));
        return reached;
    }

    private static (string Kind, string Id) Named(JsonElement reference) => (reference.GetProperty("kind").GetString()!, reference.GetProperty("id").GetString()!);
}
