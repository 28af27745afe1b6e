using AgentOps.Contracts;
using AgentOps.Registry;

namespace AgentOps.Registry.Tests;

public sealed class what_came_of_something
{
    private static readonly Guid Run = Guid.CreateVersion7();
    private static readonly Reference Generation = new(ReferenceKind.Generation, "g");
    private static readonly Reference Data = new(ReferenceKind.Dataset, "d");
    private static readonly Reference Model = new(ReferenceKind.Model, "m");
    private static readonly Reference Version = new(ReferenceKind.ModelVersion, "agent:1");

    [Fact]
    public async Task Each_thing_is_listed_once_and_hangs_at_what_it_was_first_made_of()
    {
        var downstream = await Walk(Data, Use(Data, 2, Model), Use(Data, 3, Version), Use(Model, 4, Version));

        Assert.Equal([(Model, Data), (Version, Data)], downstream.Nodes.Select(node => (node.Reference, node.From)));
        Assert.True(downstream.Complete);
    }

    [Fact]
    public async Task Trajectories_are_counted_and_what_was_made_of_them_hangs_at_what_they_were_made_of()
    {
        var played = Enumerable.Range(0, 3).Select(i => new Reference(ReferenceKind.Trajectory, $"t{i}")).ToArray();
        var downstream = await Walk(Generation, [.. played.Select(one => Use(Generation, 1, one)), .. played.Select(one => Use(one, 2, Data)), Use(Data, 3, Model)]);

        Assert.Equal([(Data, Generation), (Model, Data)], downstream.Nodes.Select(node => (node.Reference, node.From)));
        Assert.Equal(3, downstream.Trajectories);
    }

    [Fact]
    public async Task A_circle_ends() =>
        Assert.Equal([Model], (await Walk(Data, Use(Data, 1, Model), Use(Model, 2, Data))).Nodes.Select(node => node.Reference));

    [Fact]
    public async Task More_than_can_be_walked_says_that_it_is_cut()
    {
        var downstream = await Walk(Generation, most: 2, Use(Generation, 1, Data), Use(Data, 2, Model), Use(Model, 3, Version));

        Assert.False(downstream.Complete);
        Assert.DoesNotContain(downstream.Nodes, node => node.Reference == Version);
    }

    private static Task<Downstream> Walk(Reference root, params Consumption[] uses) => Walk(root, most: 100, uses);

    private static Task<Downstream> Walk(Reference root, int most, params Consumption[] uses) =>
        new DownstreamWalk((made, _) => Task.FromResult<IReadOnlyList<Consumption>>([.. uses.Where(use => made.Any(m => m.Reference == use.Read))]), most).WalkAsync(root, CancellationToken.None);

    private static Consumption Use(Reference read, long position, Reference made) => new(read, new(position, "made.v1", DateTimeOffset.UnixEpoch, "ada"), Run, made);
}
