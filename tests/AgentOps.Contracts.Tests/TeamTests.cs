using System.Text.Json;

namespace AgentOps.Contracts.Tests;

public sealed class TeamTests
{
    private static readonly PolicyReference A = new(PolicyKind.Model, Digest.Of("a"u8));
    private static readonly PolicyReference B = new(PolicyKind.Model, Digest.Of("b"u8));

    [Fact]
    public void A_team_is_the_same_in_whatever_order_its_members_were_named()
    {
        var (one, other) = (PolicyReference.Team([new("worker", B), new("planner", A)]), PolicyReference.Team([new("planner", A), new("worker", B)]));

        Assert.Equal($"planner: {A}, worker: {B}", one.ToString());
        Assert.Equal(one, other);
        Assert.Equal(one.GetHashCode(), other.GetHashCode());
        Assert.Equal(JsonSerializer.Serialize(one, EventRegistry.Json), JsonSerializer.Serialize(other, EventRegistry.Json));
        Assert.Equal(one, JsonSerializer.Deserialize<PolicyReference>(JsonSerializer.Serialize(one, EventRegistry.Json), EventRegistry.Json));
        Assert.NotEqual(one, PolicyReference.Team([new("planner", B), new("worker", A)]));
    }

    [Fact]
    public void Its_models_are_those_of_its_members_each_once()
    {
        Assert.Equal([A.Model!.Value, B.Model!.Value], PolicyReference.Team([new("planner", A), new("worker", B)]).Models);
        Assert.Equal([A.Model!.Value], PolicyReference.Team([new("planner", A), new("worker", A)]).Models);
        Assert.Equal([A.Model!.Value], PolicyReference.Team([new("planner", A), new("worker", new(PolicyKind.Expert))]).Models);
        Assert.Equal([A.Model!.Value], A.Models);
        Assert.Empty(new PolicyReference(PolicyKind.Random).Models);
    }

    [Fact]
    public void An_online_training_of_one_role_plays_beside_its_partners_and_needs_their_models()
    {
        var alone = new OnlineTrainWork("grpo", A.Model!.Value, "crew", "train", 0, 2, 2, 2, new(), 1);
        var beside = alone with { Role = "worker", Partners = new Dictionary<string, PolicyReference> { ["planner"] = B } };
        var now = Digest.Of("now"u8);

        Assert.Equal(new(PolicyKind.Model, now), alone.Play(1, now).Policy);
        Assert.Equal(PolicyReference.Team([new("worker", new(PolicyKind.Model, now)), new("planner", B)]), beside.Play(1, now).Policy);
        Assert.Equal([A.Model!.Value], alone.Needs);
        Assert.Equal([A.Model!.Value, B.Model!.Value], beside.Needs);
    }

    [Fact]
    public void A_candidate_puts_forward_its_model_or_that_of_a_teams_role()
    {
        var work = new PromoteWork("m", "production", [], [], [], "none", 0.05);
        var team = PolicyReference.Team([new("planner", A), new("worker", new(PolicyKind.Expert))]);

        Assert.Equal(A.Model, work.ModelOf(new("a", A)));
        Assert.Equal(A.Model, (work with { Role = "planner" }).ModelOf(new("t", team)));
        Assert.Contains("has no model in the role worker", Assert.Throws<ArgumentException>(() => (work with { Role = "worker" }).ModelOf(new("t", team))).Message);
        Assert.Contains("has no model: it is", Assert.Throws<ArgumentException>(() => work.ModelOf(new("t", team))).Message);
    }

    [Theory]
    [InlineData(null, null, false)]
    [InlineData("shared", null, false)]
    [InlineData("split", null, true)]
    [InlineData("split", -0.1, false)]
    [InlineData("halves", -0.1, true)]
    public void Split_credit_needs_something_that_can_be_told_apart(string? credit, double? turn, bool refused) =>
        Assert.Equal(refused, OnlineMethods.CreditObjection(new(Reward: turn is null ? new(Success: 1) : new(Success: 1, Turn: turn), Credit: credit)) is not null);
}
