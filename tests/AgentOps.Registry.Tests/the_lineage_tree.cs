using AgentOps.Contracts;
using AgentOps.Registry;

namespace AgentOps.Registry.Tests;

public sealed class TheLineageTree
{
    private static readonly Reference Version = new(ReferenceKind.ModelVersion, "agent:1");
    private static readonly Reference Model = new(ReferenceKind.Model, "sha256:m");
    private static readonly Reference Data = new(ReferenceKind.Dataset, "d");
    private static readonly Reference Generation = new(ReferenceKind.Generation, "g");

    [Fact]
    public async Task It_walks_from_a_version_to_the_trajectories_and_counts_those_it_does_not_show()
    {
        var members = Enumerable.Range(0, 8).Select(i => new Reference(ReferenceKind.Trajectory, $"t{i}")).ToArray();
        var tree = await Walk(new()
        {
            [Version] = [Event(4, Model)],
            [Model] = [Event(3, Data)],
            [Data] = [Event(2, Generation)],
            [Generation] = [Event(1, members)],
        });

        var generation = tree.Inputs![0].Inputs![0].Inputs![0];
        Assert.Equal(Generation, generation.Reference);
        Assert.Equal(["t0", "t1"], generation.Inputs!.Select(i => i.Reference.Id));
        Assert.Equal(6, generation.Counted!["trajectory"]);
    }

    [Fact]
    public async Task What_stands_twice_is_shown_once_and_a_circle_ends()
    {
        var tree = await Walk(new()
        {
            [Version] = [Event(3, Model, Data)],
            [Model] = [Event(2, Data)],
            [Data] = [Event(1, Model)],
        });

        Assert.False(tree.Inputs![0].Shown);
        Assert.True(tree.Inputs![1].Shown);
        Assert.True(tree.Inputs![0].Inputs![0].Inputs![0].Shown);
    }

    private static Task<LineageNode> Walk(Dictionary<Reference, IReadOnlyList<LineageEvent>> producers) =>
        new LineageTree((reference, _) => Task.FromResult(producers.GetValueOrDefault(reference, []))).WalkAsync(Version, CancellationToken.None);

    private static LineageEvent Event(long position, params Reference[] inputs) => new(position, $"made.{position}.v1", "stream-1", DateTimeOffset.UnixEpoch, "ada", inputs);
}
