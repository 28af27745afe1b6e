using AgentOps.Contracts;
using AgentOps.Registry;

namespace AgentOps.Registry.Tests;

[Collection(OneLineageLedger.Name)]
public sealed class TheLineage(LineageLedger ledger)
{
    // Everything of one test has a name of its own: the ledger is one for all.
    private readonly string _test = Guid.NewGuid().ToString("N");
    private readonly Guid _own = Guid.CreateVersion7();
    private readonly Guid _other = Guid.CreateVersion7();

    private Reference Version => Of(ReferenceKind.ModelVersion, "agent:1");
    private Reference Model => Of(ReferenceKind.Model, "m");
    private Reference Data => Of(ReferenceKind.Dataset, "d");
    private Reference Generation => Of(ReferenceKind.Generation, "g");

    [Fact]
    public async Task It_walks_from_a_version_to_the_trajectories_and_counts_those_it_does_not_list()
    {
        var members = Enumerable.Range(0, 8).Select(i => Of(ReferenceKind.Trajectory, $"t{i}")).ToArray();
        var environment = Of(ReferenceKind.Environment, "maze");
        foreach (var member in members)
            await ledger.HappenedAsync(_own, [environment], [member]);
        await ledger.HappenedAsync(_own, members, [Generation]);
        await ledger.HappenedAsync(_own, [Generation], [Data]);
        await ledger.HappenedAsync(_own, [Data], [Model]);
        await ledger.HappenedAsync(_own, [Model], [Version]);

        var lineage = await WalkAsync();

        Assert.Equal([Version, Model, Data, Generation, members[0], members[1], environment], lineage.Nodes.Select(node => node.Reference));
        Assert.Equal(6, lineage.Nodes[3].Counted!["trajectory"]);
        Assert.Equal([environment], lineage.Nodes[4].Inputs!);
        Assert.True(lineage.Complete);
    }

    [Fact]
    public async Task What_only_an_unlisted_trajectory_was_made_of_is_of_the_lineage_too()
    {
        var members = Enumerable.Range(0, 9).Select(i => Of(ReferenceKind.Trajectory, $"t{i}")).ToArray();
        var rare = Of(ReferenceKind.Environment, "rare");
        foreach (var (member, i) in members.Select((member, i) => (member, i)))
            await ledger.HappenedAsync(_own, [i == 5 ? rare : Of(ReferenceKind.Environment, "maze")], [member]);
        await ledger.HappenedAsync(_own, members, [Generation]);
        await ledger.HappenedAsync(_own, [Generation], [Version]);

        var lineage = await WalkAsync();

        Assert.Contains(lineage.Nodes, node => node.Reference == rare);
        Assert.Equal([members[0], members[1], members[5]], lineage.Nodes[1].Inputs!);
        Assert.Equal(6, lineage.Nodes[1].Counted!["trajectory"]);
    }

    [Fact]
    public async Task What_was_read_twice_is_one_node_and_a_circle_ends()
    {
        var trajectory = Of(ReferenceKind.Trajectory, "t");
        await ledger.HappenedAsync(_own, [Generation], [trajectory]);
        await ledger.HappenedAsync(_own, [trajectory], [Generation]);
        await ledger.HappenedAsync(_own, [Generation], [Model]);
        await ledger.HappenedAsync(_own, [Model, Generation], [Version]);

        var lineage = await WalkAsync();

        Assert.Equal([Version, Model, Generation, trajectory], lineage.Nodes.Select(node => node.Reference));
        Assert.Equal([trajectory], lineage.Nodes[2].Inputs!);
        Assert.Equal([Generation], lineage.Nodes[3].Inputs!);
    }

    [Fact]
    public async Task A_hundred_trainings_of_one_model_after_another_are_all_there_in_their_order()
    {
        var chain = Enumerable.Range(0, 201).Select(i => i == 0 ? Version : Of(i % 2 == 1 ? ReferenceKind.Model : ReferenceKind.Training, $"{i}")).ToArray();
        for (var i = 199; i >= 0; i--)
            await ledger.HappenedAsync(_own, [chain[i + 1]], [chain[i]]);

        Assert.Equal(chain, (await WalkAsync()).Nodes.Select(node => node.Reference));
    }

    [Fact]
    public async Task A_lineage_too_large_to_list_says_that_it_is_cut()
    {
        await ledger.HappenedAsync(_own, [Generation], [Model]);
        await ledger.HappenedAsync(_own, [Model, Data], [Version]);

        var lineage = await WalkAsync(most: 3);

        Assert.Equal([Version, Model, Data], lineage.Nodes.Select(node => node.Reference));
        Assert.Equal([Generation], lineage.Nodes[1].Inputs!);
        Assert.False(lineage.Complete);
    }

    [Fact]
    public async Task Of_many_events_alike_the_first_and_the_last_are_shown_in_order_whoever_made_them()
    {
        var first = await ledger.HappenedAsync(_other, [], [Data]);
        await ledger.HappenedAsync(_own, [], [Data]);
        var last = await ledger.HappenedAsync(_other, [], [Data]);
        await ledger.HappenedAsync(_own, [Data], [Version]);

        Assert.Equal([first, last], (await WalkAsync()).Nodes[1].Events!.Select(e => e.Position));
    }

    [Fact]
    public async Task What_another_run_made_with_the_same_bytes_is_not_of_a_versions_lineage()
    {
        var others = Of(ReferenceKind.Dataset, "the other run's");
        await ledger.HappenedAsync(_other, [others], [Model]);
        await ledger.HappenedAsync(_own, [Data], [Model]);
        await ledger.HappenedAsync(_own, [Model], [Version]);

        await AssertReachedAsync(Version, Model, Data);
    }

    [Fact]
    public async Task What_a_run_took_over_from_nobody_knows_whom_is_of_its_lineage_with_all_that_had_made_it()
    {
        var later = Of(ReferenceKind.Dataset, "later");
        await ledger.HappenedAsync(_other, [Data], [Model]);
        await ledger.HappenedAsync(null, [Generation], [Model]);
        await ledger.HappenedAsync(_own, [Model], [Version]);
        await ledger.HappenedAsync(Guid.CreateVersion7(), [later], [Model]);

        await AssertReachedAsync(Version, Model, Data, Generation);
    }

    [Fact]
    public async Task What_was_made_outside_of_a_run_is_not_what_a_run_read_that_made_it_itself()
    {
        await ledger.HappenedAsync(null, [Generation], [Model]);
        await ledger.HappenedAsync(_own, [Data], [Model]);
        await ledger.HappenedAsync(_own, [Model], [Version]);

        await AssertReachedAsync(Version, Model, Data);
    }

    [Fact]
    public async Task What_two_runs_of_a_lineage_read_is_one_node_made_by_both()
    {
        var (older, newer) = (Of(ReferenceKind.Model, "the older"), Of(ReferenceKind.Model, "the newer"));
        var first = await ledger.HappenedAsync(_other, [], [Data]);
        await ledger.HappenedAsync(_other, [Data], [older]);
        var second = await ledger.HappenedAsync(_own, [], [Data]);
        await ledger.HappenedAsync(_own, [Data, older], [newer]);
        await ledger.HappenedAsync(_own, [newer], [Version]);

        var lineage = await WalkAsync();

        Assert.Equal([Version, newer, Data, older], lineage.Nodes.Select(node => node.Reference));
        Assert.Equal([first, second], lineage.Nodes[2].Events!.Select(e => e.Position));
    }

    [Fact]
    public async Task A_training_that_changed_nothing_keeps_what_its_model_was_made_of()
    {
        var before = Of(ReferenceKind.Dataset, "before");
        await ledger.HappenedAsync(_other, [before], [Model]);
        await ledger.HappenedAsync(_own, [Model, Data], [Model]);
        await ledger.HappenedAsync(_own, [Model], [Version]);

        await AssertReachedAsync(Version, Model, Data, before);
    }

    [Fact]
    public async Task A_model_made_here_and_imported_again_keeps_what_it_was_made_of()
    {
        var source = Of(ReferenceKind.Source, "huggingface:/m");
        await ledger.HappenedAsync(_other, [Data], [Model]);
        await ledger.HappenedAsync(_own, [source], [Model]);
        await ledger.HappenedAsync(_own, [Model], [Version]);

        await AssertReachedAsync(Version, Model, source, Data);
    }

    [Fact]
    public async Task What_another_run_imported_too_is_not_what_a_run_read_that_imported_it_itself()
    {
        var (source, others) = (Of(ReferenceKind.Source, "huggingface:/m"), Of(ReferenceKind.Source, "huggingface:/copy"));
        await ledger.HappenedAsync(_other, [others], [Model]);
        await ledger.HappenedAsync(_own, [source], [Model]);
        await ledger.HappenedAsync(_own, [Model], [Version]);

        await AssertReachedAsync(Version, Model, source);
    }

    [Fact]
    public async Task What_a_retry_took_over_is_of_the_retried_run_and_of_no_stranger()
    {
        var strangers = Of(ReferenceKind.Dataset, "the stranger's");
        await ledger.HappenedAsync(_other, [], [Run(_other)]);
        await ledger.HappenedAsync(_other, [Data], [Model]);
        await ledger.HappenedAsync(Guid.CreateVersion7(), [strangers], [Model]);
        await ledger.HappenedAsync(_own, [Run(_other)], [Run(_own)]);
        await ledger.HappenedAsync(_own, [Model], [Version]);

        await AssertReachedAsync(Version, Model, Data);
    }

    [Fact]
    public async Task A_registered_base_is_made_by_who_made_the_version_that_the_run_was_submitted_with()
    {
        var (named, strangers) = (Of(ReferenceKind.ModelVersion, "base:3"), Of(ReferenceKind.Dataset, "the stranger's"));
        await ledger.HappenedAsync(Guid.CreateVersion7(), [strangers], [Model]);
        await ledger.HappenedAsync(_other, [Data], [Model]);
        await ledger.HappenedAsync(_other, [Model], [named]);
        await ledger.HappenedAsync(_own, [Model, named], [Run(_own)]);
        await ledger.HappenedAsync(_own, [Model, Run(_own)], [Version]);

        await AssertReachedAsync(Version, Model, Run(_own), Data, named);
    }

    [Fact]
    public async Task The_evidence_of_a_version_does_not_grow_by_what_others_make_later()
    {
        await ledger.HappenedAsync(_other, [Data], [Model]);
        await ledger.HappenedAsync(_own, [Model], [Version]);
        await ledger.SeenAsync();
        var before = await LineageWalk.PositionsAsync(ledger.Db, [new Asked(Version)], CancellationToken.None);
        await ledger.HappenedAsync(Guid.CreateVersion7(), [Generation], [Model]);
        await ledger.SeenAsync();

        Assert.Equal(before, await LineageWalk.PositionsAsync(ledger.Db, [new Asked(Version)], CancellationToken.None));
    }

    private Reference Of(ReferenceKind kind, string name) => new(kind, $"{name}-{_test}");

    private static Reference Run(Guid run) => new(ReferenceKind.Run, run.ToString());

    private async Task<Lineage> WalkAsync(int most = 10_000)
    {
        await ledger.SeenAsync();
        return await new LineageGraph(ledger.Db, most).WalkAsync(Version, CancellationToken.None);
    }

    private async Task AssertReachedAsync(params Reference[] expected) =>
        Assert.Equal(expected.OrderBy(r => $"{r}"), (await WalkAsync()).Nodes.Select(node => node.Reference).OrderBy(r => $"{r}"));
}
