using System.Text.Json;
using AgentOps.Contracts;

namespace AgentOps.Exports.Tests;

/// <summary>The OpenLineage events of the sample run.</summary>
public sealed class RunsAsOpenLineageTellsThem
{
    private readonly SampleLineage _sample = new();

    private List<JsonElement> Events => Parsed(OpenLineage.Write(_sample.Lineage));

    [Fact]
    public void Every_run_begins_once_and_ends_once_and_says_nothing_after_its_end()
    {
        var runs = Events.GroupBy(e => Text(e.GetProperty("run"), "runId")).ToList();
        // The pipeline's run, and its ten steps of which one was tried twice.
        Assert.Equal(1 + 10 + 1, runs.Count);
        Assert.All(runs, run => Assert.Matches("^START (COMPLETE|FAIL|ABORT)$", string.Join(' ', run.Select(e => Text(e, "eventType")))));
        Assert.All(runs, run => Assert.True(Guid.TryParse(run.Key, out _)));
        Assert.Equal(Events.Select(e => e.GetProperty("eventTime").GetDateTimeOffset()).Order(), Events.Select(e => e.GetProperty("eventTime").GetDateTimeOffset()));
    }

    [Fact]
    public void Each_attempt_is_a_run_below_the_pipelines()
    {
        var (pipeline, steps) = (Events[0], Events.Where(e => Text(e.GetProperty("job"), "name") == "household.7.train").ToList());
        Assert.Equal((SampleLineage.Run.ToString(), "household"), (Text(pipeline.GetProperty("run"), "runId"), Text(pipeline.GetProperty("job"), "name")));
        Assert.Equal(["START", "FAIL", "START", "COMPLETE"], steps.Select(e => Text(e, "eventType")));
        Assert.Equal("the lease ran out", Text(RunFacet(steps[1], "errorMessage"), "message"));
        Assert.All(steps, e => Assert.Equal((SampleLineage.Run.ToString(), "household"), (Text(RunFacet(e, "parent").GetProperty("run"), "runId"), Text(RunFacet(e, "parent").GetProperty("job"), "name"))));
        Assert.Equal(["1", "1", "2", "2"], steps.Select(e => Parameter(e, "attempt")));
        Assert.All(steps, e => Assert.Equal("98", Parameter(e, "seed")));
    }

    [Fact]
    public void A_training_reads_a_model_and_a_data_set_and_writes_a_model_each_by_its_digest()
    {
        var done = Completed("7.train");
        Assert.Equal([($"model/{SampleLineage.Sft}", SampleLineage.Sft.ToString()), ($"dataset/{SampleLineage.PairSet}", SampleLineage.Pairs.ToString())], done.GetProperty("inputs").EnumerateArray().Select(Versioned));
        Assert.Equal([($"model/{SampleLineage.Dpo}", SampleLineage.Dpo.ToString())], done.GetProperty("outputs").EnumerateArray().Select(Versioned));
        Assert.Equal(("libtorch", "1.13.1"), (Text(RunFacet(done, "processing_engine"), "name"), Text(RunFacet(done, "processing_engine"), "version")));
        Assert.Contains(("code", SampleLineage.Code), Tags(done));
    }

    [Fact]
    public void A_training_that_is_paid_by_a_reward_model_reads_it_besides()
    {
        // What that run asked for itself is not among the sample's facts.
        var lineage = OnlineSample.Lineage(OnlineSample.Model);
        var training = lineage.Facts.Select(fact => fact.Data).OfType<TrainingCompleted>().Single(completed => completed.Work is OnlineTrainWork);
        Fact[] facts = [lineage.Facts[0], lineage.Facts[0] with { Position = 2, Data = new StepRequested(training.Step, null, training.Work, DateTimeOffset.UnixEpoch) }];

        var begun = Parsed(string.Join('\n', OpenLineage.Of(facts, []).Select(e => e.Json))).Single(e => Text(e.GetProperty("job"), "name") == "online.1.train");

        Assert.Equal([$"model/{OnlineSample.Base}", $"model/{OnlineSample.RewardModel}"], begun.GetProperty("inputs").EnumerateArray().Select(input => Text(input, "name")));
    }

    [Fact]
    public void An_evaluation_writes_the_model_that_it_keeps()
    {
        var submitted = OnlineSample.Lineage(OnlineSample.Model).Facts[0];
        var step = new StepKey(((RunSubmitted)submitted.Data).Run, "2.evaluate", 1);
        var work = new EvaluateWork("household", "dev", 0, 4, [new("best", new(PolicyKind.Model, OnlineSample.Base))], 1, "best");
        Fact[] facts =
        [
            submitted,
            submitted with { Position = 2, Data = new StepRequested(step, null, work, DateTimeOffset.UnixEpoch) },
            submitted with { Position = 3, Data = new StepCompleted(step, new EvaluationOutput(EvaluationId.Of(step.Run, step.Path), OnlineSample.Base)) },
        ];

        var done = Parsed(string.Join('\n', OpenLineage.Of(facts, []).Select(e => e.Json))).Single(e => Text(e.GetProperty("job"), "name") == "online.2.evaluate" && Text(e, "eventType") == "COMPLETE");

        Assert.Contains($"model/{OnlineSample.Base}", done.GetProperty("outputs").EnumerateArray().Select(output => Text(output, "name")));
    }

    [Fact]
    public void What_one_step_writes_the_next_reads_under_the_same_name()
    {
        var written = Events.SelectMany(e => e.GetProperty("outputs").EnumerateArray()).Select(d => Text(d, "name")).ToHashSet();
        var read = Events.SelectMany(e => e.GetProperty("inputs").EnumerateArray()).Select(d => Text(d, "name")).ToHashSet();
        Assert.Equal(["environment/household"], read.Except(written));
    }

    [Fact]
    public void Judges_environments_figures_and_the_gate_are_in_the_published_facets()
    {
        Assert.Superset(new HashSet<(string, string)> { ("judge", "environment/1"), ("judge", "rules/1"), ("accepted", "2") }, Tags(Completed("2.judge")).ToHashSet());
        Assert.Contains(("environment", SampleLineage.Environment), Tags(Completed("1.generate")));
        Assert.Superset(new HashSet<(string, string)> { ("eto.success", "0.75"), ("random.success", "0") }, Tags(Completed("8.evaluate")).ToHashSet());
        Assert.Equal(["sft fail", "eto pass"], RunFacet(Completed("9.promote"), "test").GetProperty("tests").EnumerateArray().Select(t => $"{Text(t, "name")} {Text(t, "status")}"));
        Assert.Equal(($"generation/{SampleLineage.Expert}", SampleLineage.Played.ToString()), Versioned(Assert.Single(Completed("1.generate").GetProperty("outputs").EnumerateArray())));
        Assert.Equal(2, Assert.Single(Completed("6.pair").GetProperty("outputs").EnumerateArray()).GetProperty("outputFacets").GetProperty("outputStatistics").GetProperty("rowCount").GetInt32());
        Assert.Equal("user:alice", Text(Events[0].GetProperty("job").GetProperty("facets").GetProperty("ownership").GetProperty("owners")[0], "name"));
    }

    [Fact]
    public void A_run_that_is_cancelled_aborts_the_step_under_way_and_then_itself()
    {
        var began = _sample.RunStream.TakeWhile(f => f.Data is not StepCompleted).ToList();
        var cancelled = Later(began, new RunCancelled(SampleLineage.Run, "alice asked for it"));
        var told = Parsed(Told([.. began, cancelled, Later([cancelled], new RunSucceeded(SampleLineage.Run))]));
        Assert.Equal(["START household", "START household.base", "ABORT household.base", "ABORT household"], told.Select(e => $"{Text(e, "eventType")} {Text(e.GetProperty("job"), "name")}"));
    }

    [Fact]
    public void A_step_that_a_retry_took_over_did_not_run_again()
    {
        IReadOnlyList<Fact> submitted = [_sample.RunStream[0]];
        var told = Parsed(Told([.. submitted, Later(submitted, new StepCompleted(new(SampleLineage.Run, "base", 0), new ModelOutput(SampleLineage.Base)))]));
        Assert.Equal("START", Text(Assert.Single(told), "eventType"));
    }

    [Fact]
    public void Steps_of_the_run_that_the_model_does_not_follow_from_are_left_out()
    {
        var asked = _sample.Facts.Of<StepRequested>().Last();
        var beside = asked.Fact with { Data = asked.Event with { Step = asked.Event.Step with { Path = "10.train" } } };
        Assert.Equal(OpenLineage.Write(_sample.Lineage), OpenLineage.Write(_sample.Lineage with { Facts = [.. _sample.Facts, beside] }));
    }

    [Fact]
    public void The_same_events_are_said_the_same_way_however_much_of_the_run_is_known()
    {
        var whole = OpenLineage.Of(_sample.RunStream, []).ToList();
        for (var known = 1; known < _sample.RunStream.Count; known++)
            Assert.Equal(whole.Where(e => e.Position <= _sample.RunStream[known - 1].Position), OpenLineage.Of([.. _sample.RunStream.Take(known)], []));
    }

    private JsonElement Completed(string path) => Events.Single(e => Text(e, "eventType") == "COMPLETE" && Text(e.GetProperty("job"), "name") == $"household.{path}");

    private static string Told(IReadOnlyList<Fact> run) => string.Join('\n', OpenLineage.Of(run, []).Select(e => e.Json));

    private static Fact Later(IReadOnlyList<Fact> run, IEvent data) => run[^1] with { Position = run[^1].Position + 1, Data = data };

    private static (string, string) Versioned(JsonElement dataset) => (Text(dataset, "name"), Text(dataset.GetProperty("facets").GetProperty("version"), "datasetVersion"));

    private static IEnumerable<(string, string)> Tags(JsonElement e) => RunFacet(e, "tags").GetProperty("tags").EnumerateArray().Select(t => (Text(t, "key"), Text(t, "value")));

    private static string Parameter(JsonElement e, string key) => Text(RunFacet(e, "executionParameters").GetProperty("parameters").EnumerateArray().Single(p => Text(p, "key") == key), "value");

    private static JsonElement RunFacet(JsonElement e, string facet) => e.GetProperty("run").GetProperty("facets").GetProperty(facet);

    private static List<JsonElement> Parsed(string lines) => [.. lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;
}
