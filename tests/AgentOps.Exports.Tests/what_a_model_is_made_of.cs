using System.Text.Json;
using AgentOps.Contracts;

namespace AgentOps.Exports.Tests;

/// <summary>The CycloneDX bill of materials of the sample run.</summary>
public sealed class WhatAModelIsMadeOf
{
    private static readonly string Sft = $"urn:agentops:model:{SampleLineage.Sft}";
    private static readonly string Pairs = $"urn:agentops:dataset:{SampleLineage.PairSet}";
    private static readonly string Environment = "urn:agentops:environment:household/2%23sha256:1111111111111111111111111111111111111111111111111111111111111111";
    private readonly SampleLineage _sample = new();

    private JsonElement Bom => JsonDocument.Parse(CycloneDx.Write(_sample.Lineage)).RootElement;

    private JsonElement Model => Bom.GetProperty("metadata").GetProperty("component");

    private Dictionary<string, JsonElement> Components => Bom.GetProperty("components").EnumerateArray().ToDictionary(c => Text(c, "bom-ref"));

    [Fact]
    public void The_model_is_named_by_its_version_and_its_digest()
    {
        Assert.Equal(("machine-learning-model", "household-agent", "2"), (Text(Model, "type"), Text(Model, "name"), Text(Model, "version")));
        Assert.Equal(("SHA-256", SampleLineage.Dpo.Hex), HashOf(Model));
        Assert.Equal(_sample.Lineage.Registration.Fact.At, Bom.GetProperty("metadata").GetProperty("timestamp").GetDateTimeOffset());
        Assert.Contains(("agentops:submittedBy", "alice"), Properties(Model));
        Assert.Contains(("agentops:seed", "98"), Properties(Model));
        Assert.Contains(("agentops:machine.libtorch", "1.13.1"), Properties(Model));
        Assert.Contains(("agentops:gate", "final.success 0.75 > random.success 0"), Properties(Model));
        Assert.DoesNotContain(Properties(Model), p => p.Value.Contains("0.2 is not above", StringComparison.Ordinal));
    }

    [Fact]
    public void Who_moved_an_alias_to_it_who_agreed_and_who_deployed_it_are_properties_of_the_model()
    {
        var sample = new SampleLineage().Deployed();
        var model = JsonDocument.Parse(CycloneDx.Write(sample.Lineage)).RootElement.GetProperty("metadata").GetProperty("component");
        var time = sample.Facts[^1].At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'");

        Assert.Superset(new HashSet<(string, string)>
        {
            ("agentops:alias", "live"), ("agentops:alias.movedBy", "bob"), ("agentops:alias.evidence", $"{SampleLineage.Evaluation}"), ("agentops:alias.reason", "the release"),
            ("agentops:alias.approvedBy", "grace"), ("agentops:alias.approvalReason", "the figures hold"),
            ("agentops:deployment", "talk"), ("agentops:deployment.activatedBy", "dora"), ("agentops:deployment.activatedAt", time), ("agentops:deployment.alias", "live"),
        }, Properties(model).ToHashSet());
    }

    [Fact]
    public void Its_figures_are_its_own_of_the_evaluation_with_their_intervals_and_what_is_not_known_is_left_out()
    {
        var metrics = Model.GetProperty("modelCard").GetProperty("quantitativeAnalysis").GetProperty("performanceMetrics").EnumerateArray().ToList();
        // 15 of 20: the 95 % Wilson interval is 0.531 to 0.888.
        const string slice = "household/test, 20 tasks from 0";
        Assert.Equal([("success", "0.75", slice), ("success-of-all", "0.75", slice), ("success", "0.75", slice + ", pick"), ("mean-turns", "4.25", slice), ("invalid-action-rate", "0.125", slice)],
            metrics.Select(m => (Text(m, "type"), Text(m, "value"), Text(m, "slice"))));
        var interval = metrics[0].GetProperty("confidenceInterval");
        Assert.Equal((0.531, 0.888), (Math.Round(double.Parse(Text(interval, "lowerBound")), 3), Math.Round(double.Parse(Text(interval, "upperBound")), 3)));
        Assert.All(metrics.Skip(3), m => Assert.False(m.TryGetProperty("confidenceInterval", out _)));
    }

    [Fact]
    public void What_it_came_to_in_a_team_is_among_its_figures_and_says_beside_whom()
    {
        PolicyReference team = PolicyReference.Team([new("planner", new(PolicyKind.Model, SampleLineage.Dpo)), new("worker", new(PolicyKind.Expert))]);
        var facts = _sample.Facts.Select(f => f.Data is EvaluationCompleted evaluation
            ? f with { Data = evaluation with { Report = evaluation.Report with { Policies = [.. evaluation.Report.Policies, evaluation.Report.Policies[1] with { Name = "apart", Policy = team }] } } }
            : f);
        var metrics = JsonDocument.Parse(CycloneDx.Write(_sample.Lineage with { Facts = [.. facts] })).RootElement.GetProperty("metadata").GetProperty("component")
            .GetProperty("modelCard").GetProperty("quantitativeAnalysis").GetProperty("performanceMetrics").EnumerateArray().Where(metric => Text(metric, "type") == "success").ToList();

        // Alone 15 of 20, in the team 4 of 20.
        Assert.Contains(("0.75", "household/test, 20 tasks from 0"), metrics.Select(metric => (Text(metric, "value"), Text(metric, "slice"))));
        Assert.Contains(("0.2", $"household/test, 20 tasks from 0, planner: {SampleLineage.Dpo}, worker: expert"), metrics.Select(metric => (Text(metric, "value"), Text(metric, "slice"))));
    }

    [Fact]
    public void A_model_without_an_evaluation_has_no_figures()
    {
        var lineage = _sample.Lineage with { Facts = [.. _sample.Facts.Where(f => f.Data is not EvaluationCompleted)] };
        Assert.False(JsonDocument.Parse(CycloneDx.Write(lineage)).RootElement.GetProperty("metadata").GetProperty("component").GetProperty("modelCard").TryGetProperty("quantitativeAnalysis", out _));
    }

    [Fact]
    public void The_card_names_the_data_sets_and_claims_an_approach_only_where_there_is_a_word_for_it()
    {
        var parameters = Model.GetProperty("modelCard").GetProperty("modelParameters");
        Assert.Equal([$"urn:agentops:dataset:{SampleLineage.SftSet}", Pairs], parameters.GetProperty("datasets").EnumerateArray().Select(d => Text(d, "ref")));
        Assert.Equal("qwen3", Text(parameters, "modelArchitecture"));
        Assert.False(parameters.TryGetProperty("approach", out _));

        var first = JsonDocument.Parse(CycloneDx.Write(_sample.First)).RootElement.GetProperty("metadata").GetProperty("component").GetProperty("modelCard").GetProperty("modelParameters");
        Assert.Equal("supervised", Text(first.GetProperty("approach"), "type"));
        Assert.Single(first.GetProperty("datasets").EnumerateArray());
    }

    [Fact]
    public void Models_and_data_sets_are_components_with_their_hashes_and_environments_code_and_libraries_with_their_versions()
    {
        Assert.Equal(("SHA-256", SampleLineage.Sft.Hex), HashOf(Components[Sft]));
        Assert.Equal(("SHA-256", SampleLineage.Base.Hex), HashOf(Components[$"urn:agentops:model:{SampleLineage.Base}"]));
        Assert.Equal(("data", SampleLineage.Pairs.Hex), (Text(Components[Pairs], "type"), HashOf(Components[Pairs]).Content));
        Assert.Contains(("agentops:members", SampleLineage.Members.ToString()), Properties(Components[Pairs]));
        Assert.Equal(("household", "2"), (Text(Components[Environment], "name"), Text(Components[Environment], "version")));
        Assert.Equal(("libtorch", "1.13.1"), (Text(Components["urn:agentops:library:libtorch@1.13.1"], "name"), Text(Components["urn:agentops:library:libtorch@1.13.1"], "version")));
        Assert.Equal(SampleLineage.Code, Text(Components[$"urn:agentops:code:{Uri.EscapeDataString(SampleLineage.Code)}"], "version"));
    }

    [Fact]
    public void Who_depends_on_whom_follows_what_was_read_and_everything_named_is_there()
    {
        var dependencies = Bom.GetProperty("dependencies").EnumerateArray().ToDictionary(d => Text(d, "ref"), d => d.GetProperty("dependsOn").EnumerateArray().Select(o => o.GetString()!).ToArray());
        Assert.Superset(new HashSet<string> { Sft, Pairs, "urn:agentops:library:libtorch@1.13.1" }, dependencies["urn:agentops:model-version:household-agent:2"].ToHashSet());
        Assert.Equal(new HashSet<string> { Environment, $"urn:agentops:model:{SampleLineage.Base}", Sft }, dependencies[Pairs].ToHashSet());
        var there = Components.Keys.Append(Text(Model, "bom-ref")).ToHashSet();
        Assert.Subset(there, dependencies.Keys.Concat(dependencies.Values.SelectMany(on => on)).ToHashSet());
    }

    [Theory]
    [InlineData("model")]
    [InlineData("policy")]
    public void A_model_that_learned_from_what_it_played_depends_on_where_and_on_its_policies_before(string cameTo)
    {
        // A last iteration in which all went alike leaves the policy that played it.
        var model = cameTo == "model" ? OnlineSample.Model : OnlineSample.Policy;
        var bom = JsonDocument.Parse(CycloneDx.Write(OnlineSample.Lineage(model))).RootElement;
        var card = bom.GetProperty("metadata").GetProperty("component");
        var there = bom.GetProperty("components").EnumerateArray().Select(c => Text(c, "bom-ref")).Append(Text(card, "bom-ref")).ToHashSet();
        var dependencies = bom.GetProperty("dependencies").EnumerateArray().ToDictionary(d => Text(d, "ref"), d => d.GetProperty("dependsOn").EnumerateArray().Select(o => o.GetString()!).ToHashSet());

        Assert.Equal("reinforcement-learning", Text(card.GetProperty("modelCard").GetProperty("modelParameters").GetProperty("approach"), "type"));
        var own = dependencies["urn:agentops:model-version:online-agent:1"];
        Assert.Superset(new HashSet<string> { Environment, $"urn:agentops:model:{OnlineSample.Base}", $"urn:agentops:model:{OnlineSample.RewardModel}" }, own);
        Assert.Equal(cameTo == "model", own.Contains($"urn:agentops:model:{OnlineSample.Policy}"));
        if (cameTo == "model")
            Assert.Superset(new HashSet<string> { Environment, $"urn:agentops:model:{OnlineSample.Base}", $"urn:agentops:model:{OnlineSample.RewardModel}" }, dependencies[$"urn:agentops:model:{OnlineSample.Policy}"]);
        Assert.Subset(there, dependencies.Keys.Concat(dependencies.Values.SelectMany(on => on)).ToHashSet());
    }

    [Fact]
    public void The_same_facts_give_the_same_bill() => Assert.Equal(CycloneDx.Write(_sample.Lineage), CycloneDx.Write(new SampleLineage().Lineage));

    private static (string Alg, string Content) HashOf(JsonElement component)
    {
        var hash = Assert.Single(component.GetProperty("hashes").EnumerateArray());
        return (Text(hash, "alg"), Text(hash, "content"));
    }

    private static IEnumerable<(string Name, string Value)> Properties(JsonElement component) => component.GetProperty("properties").EnumerateArray().Select(p => (Text(p, "name"), Text(p, "value")));

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;
}
