using AgentOps.Contracts;
using AgentOps.Registry;

namespace AgentOps.Registry.Tests;

public sealed class TheLineage
{
    private static readonly Reference Version = new(ReferenceKind.ModelVersion, "agent:1");
    private static readonly Reference Model = new(ReferenceKind.Model, "sha256:m");
    private static readonly Reference Data = new(ReferenceKind.Dataset, "d");
    private static readonly Reference Generation = new(ReferenceKind.Generation, "g");

    [Fact]
    public async Task It_walks_from_a_version_to_the_trajectories_and_counts_those_it_does_not_list()
    {
        var members = Enumerable.Range(0, 8).Select(i => new Reference(ReferenceKind.Trajectory, $"t{i}")).ToArray();
        var lineage = await Walk(new()
        {
            [Version] = [Event(4, Model)],
            [Model] = [Event(3, Data)],
            [Data] = [Event(2, Generation)],
            [Generation] = [Event(1, members)],
        });

        Assert.Equal([Version, Model, Data, Generation, members[0], members[1]], lineage.Nodes.Select(node => node.Reference));
        Assert.Equal(6, lineage.Nodes[3].Counted!["trajectory"]);
        Assert.Null(lineage.Nodes[4].Events);
        Assert.True(lineage.Complete);
    }

    [Fact]
    public async Task What_was_read_twice_is_one_node_and_a_circle_ends()
    {
        var lineage = await Walk(new()
        {
            [Version] = [Event(3, Model, Data)],
            [Model] = [Event(2, Data)],
            [Data] = [Event(1, Model)],
        });

        Assert.Equal([Version, Model, Data], lineage.Nodes.Select(node => node.Reference));
        Assert.Equal([Data], lineage.Nodes[1].Inputs!);
        Assert.Equal([Model], lineage.Nodes[2].Inputs!);
    }

    [Fact]
    public async Task A_hundred_trainings_of_one_model_after_another_are_all_there()
    {
        var chain = Enumerable.Range(0, 201).Select(i => new Reference(i % 2 == 0 ? ReferenceKind.Model : ReferenceKind.Training, $"{i}")).ToArray();
        var producers = Enumerable.Range(0, 200).ToDictionary(i => chain[i], i => (IReadOnlyList<LineageEvent>)[Event(200 - i, chain[i + 1])]);

        var lineage = await new LineageGraph((reference, _) => Task.FromResult(producers.GetValueOrDefault(reference, []))).WalkAsync(chain[0], CancellationToken.None);

        Assert.Equal(chain, lineage.Nodes.Select(node => node.Reference));
    }

    [Fact]
    public async Task A_lineage_too_large_to_list_says_that_it_is_cut()
    {
        var producers = new Dictionary<Reference, IReadOnlyList<LineageEvent>> { [Version] = [Event(3, Model, Data)], [Model] = [Event(2, Generation)] };

        var lineage = await new LineageGraph((reference, _) => Task.FromResult(producers.GetValueOrDefault(reference, [])), mostNodes: 3).WalkAsync(Version, CancellationToken.None);

        Assert.Equal([Version, Model, Data], lineage.Nodes.Select(node => node.Reference));
        Assert.Equal([Generation], lineage.Nodes[1].Inputs!);
        Assert.False(lineage.Complete);
    }

    [Fact]
    public async Task What_another_run_made_with_the_same_bytes_is_not_of_a_versions_lineage()
    {
        var others = new Reference(ReferenceKind.Dataset, "the other run's");
        var lineage = await Walk(new()
        {
            [Version] = [Event(6, Model) with { Run = Own }],
            [Model] = [Event(2, others) with { Run = Other }, Event(5, Data) with { Run = Own }],
            [Data] = [Event(4, Generation) with { Run = Own }],
        });

        Assert.Equal([Version, Model, Data, Generation], lineage.Nodes.Select(node => node.Reference));
        Assert.Equal([5], lineage.Nodes[1].Events!.Select(e => e.Position));
    }

    [Fact]
    public async Task What_a_run_took_over_from_others_is_of_its_lineage_with_all_that_made_it()
    {
        var lineage = await Walk(new()
        {
            [Version] = [Event(6, Model) with { Run = Own }],
            [Model] = [Event(2, Data) with { Run = Other }, Event(3, Generation) with { Run = Guid.CreateVersion7() }],
        });

        Assert.Equal([Version, Model, Data, Generation], lineage.Nodes.Select(node => node.Reference));
    }

    [Fact]
    public async Task What_two_runs_of_a_lineage_read_is_one_node_made_by_both()
    {
        var (older, newer) = (new Reference(ReferenceKind.Model, "the older"), new Reference(ReferenceKind.Model, "the newer"));
        var lineage = await Walk(new()
        {
            [Version] = [Event(9, newer) with { Run = Own }],
            [newer] = [Event(8, Data, older) with { Run = Own }],
            [older] = [Event(4, Data) with { Run = Other }],
            [Data] = [Event(3) with { Run = Other }, Event(7) with { Run = Own }],
        });

        Assert.Equal([Version, newer, Data, older], lineage.Nodes.Select(node => node.Reference));
        Assert.Equal([3, 7], lineage.Nodes[2].Events!.Select(e => e.Position));
    }

    private static readonly Guid Own = Guid.CreateVersion7();
    private static readonly Guid Other = Guid.CreateVersion7();

    private static Task<Lineage> Walk(Dictionary<Reference, IReadOnlyList<LineageEvent>> producers) =>
        new LineageGraph((reference, _) => Task.FromResult(producers.GetValueOrDefault(reference, []))).WalkAsync(Version, CancellationToken.None);

    private static LineageEvent Event(long position, params Reference[] inputs) => new(position, $"made.{position}.v1", "stream-1", DateTimeOffset.UnixEpoch, "ada", null, inputs);
}
