using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Registry;

namespace AgentOps.Registry.Tests;

public sealed class WhatADeploymentStandsUpon
{
    private static readonly RunId Run = RunId.From(NameBasedGuid.Of("run"));
    private static readonly Digest Weights = Digest.Of("weights"u8);

    // The first event of the model registers the version, the second moves the alias there.
    private static readonly Model Agent = Model.New("agent").After([new ModelVersionRegistered("agent", 1, Weights, Run, "sft"), new AliasMoved("agent", "production", 1, null, null, "ada")]);

    [Fact]
    public void Named_by_an_alias_it_says_by_which_of_its_moves_and_named_by_its_number_it_names_none()
    {
        Assert.Equal([new DeploymentActivated("talk", "agent", 1, Weights, null, "dora", "production", Move: 2, "for the shop")], Activate(null, "production", "for the shop"));
        Assert.Equal([new DeploymentActivated("talk", "agent", 1, Weights, null, "dora")], Activate(null, alias: null));
    }

    [Fact]
    public void What_answers_already_is_activated_again_only_where_an_alias_has_come_to_it_by_another_move()
    {
        var named = After(null, Activate(null, "production"));
        var again = Agent.After([new AliasMoved("agent", "production", 1, 1, null, "bob")]);

        Assert.Empty(Activate(named, "production"));
        Assert.Empty(Activate(named, alias: null));
        Assert.Equal(3, Assert.IsType<DeploymentActivated>(Assert.Single(Activate(named, "production", model: again))).Move);
        Assert.Equal("production", Assert.IsType<DeploymentActivated>(Assert.Single(Activate(After(null, Activate(null, alias: null)), "production"))).Alias);
    }

    [Fact]
    public void What_the_alias_names_no_more_is_not_activated_under_its_name()
    {
        var moved = Agent.After([new ModelVersionRegistered("agent", 2, Digest.Of("others"u8), Run, "rft"), new AliasMoved("agent", "production", 2, 1, null, "bob")]);

        var refused = Assert.Throws<ProblemException>(() => Activate(null, "production", model: moved));

        Assert.Equal((409, "agent@production was moved to version 2 while the files of version 1 were looked at: look again and deploy again."), (refused.Status, refused.Message));
        Assert.Single(Activate(null, alias: null, model: moved));
    }

    [Fact]
    public void What_the_view_of_lineage_has_not_seen_is_to_be_asked_for_again()
    {
        var root = new LineageRoot("agent", 1, Weights, Deployment: new("talk", "agent", 1, null, "dora", DateTimeOffset.UnixEpoch, Position: 7, null, null));

        root.CheckSeen([3, 7]);
        Assert.Equal(503, Assert.Throws<ProblemException>(() => root.CheckSeen([3])).Status);
        Assert.Equal("talk is in the ledger, but the view of lineage has not reached it yet: ask again in a moment.", Assert.Throws<ProblemException>(() => root.CheckSeen([])).Message);
    }

    private static IReadOnlyList<IEvent> Activate(Deployment? state, string? alias, string? reason = null, Model? model = null) =>
        Deployment.Activate(state, "talk", model ?? Agent, Agent.Versions[0], alias, "dora", reason);

    private static Deployment After(Deployment? state, IReadOnlyList<IEvent> events) => events.Aggregate(state, Deployment.Evolve)!;
}
