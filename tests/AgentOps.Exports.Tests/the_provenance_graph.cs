using System.Text.Json;
using AgentOps.Contracts;

namespace AgentOps.Exports.Tests;

/// <summary>The W3C PROV document of the sample run.</summary>
public sealed class TheProvenanceGraph
{
    private static readonly string Model = $"ao:model/{Uri.EscapeDataString(SampleLineage.Dpo.ToString())}";
    private static readonly string Train = $"ao:step/{SampleLineage.Run}/7.train";
    private readonly SampleLineage _sample = new();
    private readonly JsonElement _document;

    public TheProvenanceGraph() => _document = JsonDocument.Parse(ProvJson.Write(_sample.Lineage)).RootElement;

    [Fact]
    public void The_model_was_generated_by_its_training_when_that_ended()
    {
        var generated = Assert.Single(Relations("wasGeneratedBy", "prov:entity", Model));
        Assert.Equal(Train, Text(generated, "prov:activity"));
        Assert.Equal(_sample.Facts.Last(f => f.Data is TrainingCompleted).At, generated.GetProperty("prov:time").GetDateTimeOffset());
    }

    [Fact]
    public void A_step_used_what_it_read_and_lasted_from_its_first_request_to_its_answer()
    {
        var used = Relations("used", "prov:activity", Train).Select(u => Text(u, "prov:entity")).ToHashSet();
        Assert.Superset(new HashSet<string> { $"ao:model/{Uri.EscapeDataString(SampleLineage.Sft.ToString())}", $"ao:dataset/{SampleLineage.PairSet}", $"ao:code/{Uri.EscapeDataString(SampleLineage.Code)}" }, used);
        var activity = _document.GetProperty("activity").GetProperty(Train);
        var asked = _sample.Facts.First(f => f.Data is StepRequested { Step.Path: "7.train" });
        var answered = _sample.Facts.First(f => f.Data is StepCompleted { Step.Path: "7.train" });
        Assert.Equal((asked.At, answered.At), (activity.GetProperty("prov:startTime").GetDateTimeOffset(), activity.GetProperty("prov:endTime").GetDateTimeOffset()));
        Assert.Equal("98", Text(activity, "ao:seed"));
        Assert.Equal("1.13.1", Text(activity, "ao:machine.libtorch"));
        Assert.Equal(["environment/1", "rules/1"], _document.GetProperty("activity").GetProperty($"ao:step/{SampleLineage.Run}/2.judge").GetProperty("ao:judge").EnumerateArray().Select(j => j.GetString()));
    }

    [Fact]
    public void An_evaluation_has_its_own_figures_and_not_those_of_the_policy_that_was_played_first()
    {
        var evaluation = _document.GetProperty("activity").EnumerateObject().Single(activity => activity.Name.EndsWith(".evaluate", StringComparison.Ordinal)).Value;

        Assert.False(evaluation.TryGetProperty("ao:scored", out _));
        Assert.Contains(_document.GetProperty("activity").EnumerateObject(), activity => activity.Value.TryGetProperty("ao:scored", out _));
    }

    [Fact]
    public void What_an_online_training_played_with_was_made_by_it()
    {
        var online = JsonDocument.Parse(ProvJson.Write(OnlineSample.Lineage(OnlineSample.Model))).RootElement;
        var policy = $"ao:model/{Uri.EscapeDataString(OnlineSample.Policy.ToString())}";

        var made = Assert.Single(online.GetProperty("wasGeneratedBy").EnumerateObject(), relation => Text(relation.Value, "prov:entity") == policy).Value;
        Assert.EndsWith("/1.train", Text(made, "prov:activity"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_person_stands_behind_the_run_and_the_services_act_for_her()
    {
        Assert.Equal("prov:Person", Text(_document.GetProperty("agent").GetProperty("ao:person/alice").GetProperty("prov:type"), "$"));
        Assert.Contains("ao:person/alice", Relations("wasAssociatedWith", "prov:activity", $"ao:run/{SampleLineage.Run}").Select(a => Text(a, "prov:agent")));
        Assert.Contains(("ao:service/trainer", "ao:person/alice"), Relations("actedOnBehalfOf", "prov:activity", Train).Select(a => (Text(a, "prov:delegate"), Text(a, "prov:responsible"))));
    }

    [Fact]
    public void What_an_alias_points_at_and_a_deployment_are_attributed_to_those_who_moved_approved_and_activated_it()
    {
        var decided = JsonDocument.Parse(ProvJson.Write(new SampleLineage().Deployed().Lineage)).RootElement;
        string[] Agents(string relation, string role, string of) => [.. decided.GetProperty(relation).EnumerateObject().Select(r => r.Value).Where(r => Text(r, role) == of).Select(r => Text(r, "prov:agent")).Order()];
        var approval = _sample.Facts.Count + 2;

        Assert.Equal(["ao:person/bob", "ao:person/grace"], Agents("wasAttributedTo", "prov:entity", "ao:model-version/household-agent%40live"));
        Assert.Equal(["ao:person/dora"], Agents("wasAttributedTo", "prov:entity", "ao:deployment/talk"));
        Assert.Equal(["ao:person/grace", "ao:service/registry"], Agents("wasAssociatedWith", "prov:activity", $"ao:event/{approval}"));
        Assert.Equal("the figures hold", Text(decided.GetProperty("activity").GetProperty($"ao:event/{approval}"), "ao:reason"));
        var informed = decided.GetProperty("wasInformedBy").EnumerateObject().Select(r => (Text(r.Value, "prov:informed"), Text(r.Value, "prov:informant")));
        Assert.Contains(($"ao:event/{approval + 1}", $"ao:event/{approval}"), informed);
        // The gate, which moved another alias, is no person.
        Assert.Equal(["ao:service/gate"], Agents("wasAttributedTo", "prov:entity", "ao:model-version/household-agent%40production"));
        Assert.Equal("prov:SoftwareAgent", Text(decided.GetProperty("agent").GetProperty("ao:service/gate").GetProperty("prov:type"), "$"));
    }

    [Fact]
    public void Every_trajectory_is_a_member_of_its_generation_with_seed_and_environment()
    {
        var played = _sample.Facts.Select(f => f.Data).OfType<TrajectoryRecorded>().ToList();
        Assert.Equal(played.Select(t => $"ao:trajectory/{t.Trajectory}").Order(), Relations("hadMember").Select(m => Text(m, "prov:entity")).Order());
        var first = _document.GetProperty("entity").GetProperty($"ao:trajectory/{played[0].Trajectory}");
        Assert.Equal((11, SampleLineage.Environment), (first.GetProperty("ao:seed").GetInt32(), Text(first, "ao:environment")));
    }

    [Fact]
    public void Nothing_is_generated_twice_and_everything_that_is_spoken_of_is_declared()
    {
        var generated = Relations("wasGeneratedBy").Select(g => Text(g, "prov:entity")).ToList();
        Assert.Equal(generated.Distinct(), generated);
        var declared = new[] { "entity", "activity", "agent" }.SelectMany(map => _document.GetProperty(map).EnumerateObject()).Select(d => d.Name).ToHashSet();
        foreach (var map in _document.EnumerateObject().Where(map => map.Name is not ("entity" or "activity" or "agent" or "prefix")))
            foreach (var end in map.Value.EnumerateObject().SelectMany(relation => relation.Value.EnumerateObject()).Where(end => end.Name != "prov:time"))
                Assert.Contains(end.Value.GetString()!, declared);
    }

    [Fact]
    public void Nothing_is_used_before_it_was_generated()
    {
        var times = Relations("wasGeneratedBy").ToDictionary(g => Text(g, "prov:entity"), g => g.GetProperty("prov:time").GetDateTimeOffset());
        Assert.All(Relations("used").Where(u => times.ContainsKey(Text(u, "prov:entity"))), u => Assert.True(times[Text(u, "prov:entity")] <= u.GetProperty("prov:time").GetDateTimeOffset(), u.ToString()));
    }

    private IEnumerable<JsonElement> Relations(string map) => _document.GetProperty(map).EnumerateObject().Select(relation => relation.Value);

    private IEnumerable<JsonElement> Relations(string map, string role, string name) => Relations(map).Where(relation => Text(relation, role) == name);

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;
}
