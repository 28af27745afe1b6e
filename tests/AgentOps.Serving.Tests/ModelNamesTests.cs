using AgentOps.Contracts;

namespace AgentOps.Serving.Tests;

public sealed class ModelNamesTests
{
    private static readonly Digest One = Digest.Of("one"u8), Two = Digest.Of("two"u8);
    private static readonly RunId Run = RunId.Create();

    private static ModelNames After(params IEvent[] events)
    {
        var names = new ModelNames();
        foreach (var (i, e) in events.Index())
            names.Apply(e, DateTimeOffset.UnixEpoch.AddSeconds(i));
        return names;
    }

    [Fact]
    public void An_alias_means_the_version_it_was_last_moved_to()
    {
        var names = After(
            new ModelVersionRegistered("agent", 1, One, Run, "sft"), new AliasMoved("agent", "production", 1, null, null, "gate"),
            new ModelVersionRegistered("agent", 2, Two, Run, "eto"), new AliasMoved("agent", "production", 2, 1, null, "ada"));
        Assert.Equal(Two, names.Find("agent@production")!.Digest);
        Assert.Equal(DateTimeOffset.UnixEpoch.AddSeconds(3), names.Find("agent@production")!.Since);
    }

    [Fact]
    public void A_deployment_means_what_was_last_activated_and_not_what_the_alias_moves_to()
    {
        var names = After(
            new ModelVersionRegistered("agent", 1, One, Run, "sft"), new DeploymentActivated("shop", "agent", 1, One, null, "ada"),
            new ModelVersionRegistered("agent", 2, Two, Run, "eto"), new AliasMoved("agent", "production", 2, null, null, "gate"));
        Assert.Equal(One, names.Find("shop")!.Digest);
        Assert.Null(names.Find("agent"));
        Assert.Equal(["agent@production", "shop"], names.All.Select(n => n.Name));
    }

    [Fact]
    public void An_alias_of_an_unknown_version_stops_the_fold()
    {
        Assert.Throws<InvalidOperationException>(() => After(new AliasMoved("agent", "production", 3, null, null, "gate")));
    }
}
