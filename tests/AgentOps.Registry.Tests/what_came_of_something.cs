using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Registry;
using AgentOps.Tests;

namespace AgentOps.Registry.Tests;

[Collection(OneLineageLedger.Name)]
public sealed class what_came_of_something(LineageLedger ledger) : IDisposable
{
    private readonly string _test = Guid.NewGuid().ToString("N");
    private readonly Guid _run = Guid.CreateVersion7();
    private readonly DirectoryInfo _artifacts = Directory.CreateTempSubdirectory("lineage-tests-");

    private Reference Generation => Of(ReferenceKind.Generation, "g");
    private Reference Data => Of(ReferenceKind.Dataset, "d");
    private Reference Model => Of(ReferenceKind.Model, "m");
    private Reference Version => Of(ReferenceKind.ModelVersion, "agent:1");

    [Fact]
    public async Task Each_thing_is_listed_once_and_hangs_at_what_it_was_first_made_of()
    {
        await ledger.HappenedAsync(_run, [Data], [Model]);
        await ledger.HappenedAsync(_run, [Data, Model], [Version]);

        var downstream = await WalkAsync(Data);

        Assert.Equal([(Model, Data), (Version, Data)], downstream.Nodes.Select(node => (node.Reference, node.From)));
        Assert.True(downstream.Complete);
    }

    [Fact]
    public async Task Trajectories_are_counted_and_what_was_made_of_them_hangs_at_what_they_were_made_of()
    {
        var played = Enumerable.Range(0, 3).Select(i => Of(ReferenceKind.Trajectory, $"t{i}")).ToArray();
        foreach (var one in played)
            await ledger.HappenedAsync(_run, [Generation], [one]);
        foreach (var one in played)
            await ledger.HappenedAsync(_run, [one], [Data]);
        await ledger.HappenedAsync(_run, [Data], [Model]);

        var downstream = await WalkAsync(Generation);

        Assert.Equal([(Data, Generation), (Model, Data)], downstream.Nodes.Select(node => (node.Reference, node.From)));
        Assert.Equal(3, downstream.Trajectories);
    }

    [Fact]
    public async Task A_circle_ends()
    {
        var training = Of(ReferenceKind.Training, "t");
        await ledger.HappenedAsync(_run, [Data], [training]);
        await ledger.HappenedAsync(_run, [training], [Data]);

        Assert.Equal([training], (await WalkAsync(Data)).Nodes.Select(node => node.Reference));
    }

    [Fact]
    public async Task More_than_can_be_listed_says_that_it_is_cut_even_where_it_was_reached_at_once()
    {
        for (var i = 0; i < 5; i++)
            await ledger.HappenedAsync(_run, [Generation], [Of(ReferenceKind.Dataset, $"d{i}")]);

        var downstream = await WalkAsync(Generation, most: 2);

        Assert.Equal((2, false), (downstream.Nodes.Count, downstream.Complete));
        Assert.NotNull(downstream.Reason);
    }

    [Fact]
    public async Task Trajectories_that_are_only_counted_do_not_cut_it()
    {
        for (var i = 0; i < 20; i++)
            await ledger.HappenedAsync(_run, [Generation], [Of(ReferenceKind.Trajectory, $"t{i}")]);

        var downstream = await WalkAsync(Generation, most: 2);

        Assert.Equal((true, 20L), (downstream.Complete, downstream.Trajectories));
    }

    [Fact]
    public async Task A_run_that_made_the_same_bytes_itself_did_not_read_them_of_another()
    {
        var other = Guid.CreateVersion7();
        var (ours, theirs) = (Of(ReferenceKind.ModelVersion, "ours"), Of(ReferenceKind.ModelVersion, "theirs"));
        await ledger.HappenedAsync(_run, [Data], [Model]);
        await ledger.HappenedAsync(other, [Of(ReferenceKind.Dataset, "theirs")], [Model]);
        await ledger.HappenedAsync(_run, [Model], [ours]);
        await ledger.HappenedAsync(other, [Model], [theirs]);

        Assert.Equal([Model, ours], (await WalkAsync(Data)).Nodes.Select(node => node.Reference));
    }

    [Fact]
    public async Task What_was_read_before_it_was_made_is_not_of_its_maker()
    {
        await ledger.HappenedAsync(Guid.CreateVersion7(), [Model], [Version]);
        await ledger.HappenedAsync(_run, [Data], [Model]);

        Assert.Equal([Model], (await WalkAsync(Data)).Nodes.Select(node => node.Reference));
    }

    [Fact]
    public async Task A_losing_candidates_data_lead_to_the_promoted_version_by_the_decision_alone()
    {
        var facts = new PipelineFacts(RunId.Create());
        var (winner, loser, other, name) = (Bytes("winner"), Bytes("loser"), Bytes("other"), $"m{_test}");
        facts.Submitted("ada");
        facts.Trained(PipelineFacts.Scratch, other);
        var (generation, trajectories) = facts.Played(new(PolicyKind.Model, other), 2, 2);
        var lost = facts.Built(generation, facts.Judged(generation, trajectories, 2), other, Bytes("lost data"), Bytes("lost members"), 2);
        facts.Trained(other, lost, Bytes("lost data"), loser);
        var won = facts.Built(generation, facts.Judged(generation, trajectories, 2), other, Bytes("won data"), Bytes("won members"), 2);
        facts.Trained(other, won, Bytes("won data"), winner);
        facts.Registered(name, 1, winner);
        facts.Promoted(name, 1, facts.Evaluated(generation, winner, loser), winner, loser);
        await ledger.HappenedAsync(facts.All);

        string? Via(Downstream downstream, string id) => downstream.Nodes.Single(node => node.Reference.Id == id).Via;

        var ofLost = await WalkAsync(Reference.To(ReferenceKind.Dataset, lost));
        Assert.Equal(("decision", "decision"), (Via(ofLost, $"{name}:1"), Via(ofLost, $"{name}@production")));
        Assert.Null(Via(ofLost, loser.ToString()));
        var ofWon = await WalkAsync(Reference.To(ReferenceKind.Dataset, won));
        Assert.Equal((null, null), (Via(ofWon, $"{name}:1"), Via(ofWon, $"{name}@production")));
    }

    [Fact]
    public async Task What_a_reward_model_learned_from_came_to_the_models_that_it_paid_in_whichever_run()
    {
        var (first, second) = (new PipelineFacts(RunId.Create()), new PipelineFacts(RunId.Create()));
        var (start, scorer, paid, unpaid, name) = (Bytes("start"), Bytes("scorer"), Bytes("paid"), Bytes("unpaid"), $"m{_test}");
        first.Submitted("ada");
        first.Trained(PipelineFacts.Scratch, start);
        var (generation, trajectories) = first.Played(new(PolicyKind.Model, start), 2, 2);
        var pairs = first.Built(generation, first.Judged(generation, trajectories, 2), start, Bytes("pairs"), Bytes("members"), 2);
        first.Trained(new TrainWork("reward", start, pairs, Bytes("pairs"), new(), 1), scorer);
        OnlineTrainWork online = new("grpo", Bytes("other start"), "maze", "train", 0, 1, 2, 1, new(Reward: new(Model: 1)), 1);
        second.Submitted("ada", retryOf: first.Run);
        second.Trained(PipelineFacts.Scratch, online.From);
        second.Trained(online with { RewardModel = scorer }, paid);
        second.Trained(online, unpaid);
        second.Registered(name, 1, paid);
        await ledger.HappenedAsync([.. first.All, .. second.All]);

        var ofPairs = (await WalkAsync(Reference.To(ReferenceKind.Dataset, pairs))).Nodes.Select(node => node.Reference).ToHashSet();

        Assert.Superset(new HashSet<Reference> { Reference.Model(scorer), Reference.Model(paid), new(ReferenceKind.ModelVersion, $"{name}:1") }, ofPairs);
        Assert.DoesNotContain(Reference.Model(unpaid), ofPairs);
        Assert.DoesNotContain(Reference.Model(online.From), ofPairs);
    }

    [Fact]
    public async Task A_person_is_followed_as_a_reviewer_and_not_into_what_was_built_without_him()
    {
        var reviewer = $"ada-{_test}"[..20];
        var store = new ArtifactStore(_artifacts.FullName);
        var facts = new PipelineFacts(RunId.Create());
        // She submitted the run as well, and everything in it came of that.
        facts.Submitted(reviewer);
        facts.Trained(PipelineFacts.Scratch, Bytes("base"));
        var (generation, trajectories) = facts.Played(new(PolicyKind.Expert), 2, 2);
        var judgement = facts.Judged(generation, trajectories, 2, reviewer, "grace");
        var learned = facts.Built(generation, judgement, Bytes("base"), Bytes("data"), Bytes("members"), 2);
        facts.Trained(Bytes("base"), learned, Bytes("data"), Bytes("model"));
        var person = Reference.To(ReferenceKind.Person, reviewer);
        var left = facts.Built(generation, judgement, Bytes("base"), Bytes("other data"), Bytes("members"), 1, person);
        facts.Trained(Bytes("base"), left, Bytes("other data"), Bytes("other model"));
        await ledger.HappenedAsync(facts.All);
        await ledger.SeenAsync();

        var made = (await new DownstreamWalk(ledger.Db, person, new Membership(person, ledger.Store, store), ofReviews: true).WalkAsync(CancellationToken.None)).Nodes.Select(node => node.Reference).ToList();

        Assert.Contains(Reference.To(ReferenceKind.Judgement, judgement), made);
        Assert.Contains(Reference.Model(Bytes("model")), made);
        Assert.DoesNotContain(Reference.Model(Bytes("other model")), made);
        Assert.DoesNotContain(made, reference => reference.Kind == ReferenceKind.Run);
        var all = await new DownstreamWalk(ledger.Db, person).WalkAsync(CancellationToken.None);
        Assert.Contains(all.Nodes, node => node.Reference.Kind == ReferenceKind.Run);
    }

    [Fact]
    public async Task What_a_data_set_was_built_without_is_not_in_it_whatever_it_is()
    {
        var store = new ArtifactStore(_artifacts.FullName);
        var facts = new PipelineFacts(RunId.Create());
        facts.Submitted("ada");
        facts.Trained(PipelineFacts.Scratch, Bytes("base"));
        var (generation, trajectories) = facts.Played(new(PolicyKind.Expert), 2, 2);
        var judgement = facts.Judged(generation, trajectories, 2);
        var root = Reference.To(ReferenceKind.Generation, generation);
        var left = facts.Built(generation, judgement, Bytes("base"), Bytes("rest"), Bytes("members"), 1, root);
        await ledger.HappenedAsync(facts.All);
        await ledger.SeenAsync();

        var made = (await new DownstreamWalk(ledger.Db, root, new Membership(root, ledger.Store, store)).WalkAsync(CancellationToken.None)).Nodes.Select(node => node.Reference).ToList();

        Assert.Contains(Reference.To(ReferenceKind.Judgement, judgement), made);
        Assert.DoesNotContain(Reference.To(ReferenceKind.Dataset, left), made);
    }

    [Fact]
    public async Task A_trajectory_is_in_the_data_sets_whose_lists_of_members_have_it_and_of_a_lost_list_it_is_said()
    {
        var facts = new PipelineFacts(RunId.Create());
        var store = new ArtifactStore(_artifacts.FullName);
        facts.Submitted("ada");
        facts.Trained(PipelineFacts.Scratch, Bytes("base"));
        var (generation, trajectories) = facts.Played(new(PolicyKind.Expert), 3, 3);
        var judgement = facts.Judged(generation, trajectories, 3);
        var members = await store.PutAsync(System.Text.Encoding.ASCII.GetBytes($"{trajectories[0]}\n{trajectories[1]}\n"));
        var kept = facts.Built(generation, judgement, Bytes("base"), Bytes("data"), members, 2);
        await ledger.HappenedAsync(facts.All);

        async Task<Downstream> OfAsync(TrajectoryId trajectory)
        {
            await ledger.SeenAsync();
            var root = Reference.To(ReferenceKind.Trajectory, trajectory);
            return await new DownstreamWalk(ledger.Db, root, new Membership(root, ledger.Store, store)).WalkAsync(CancellationToken.None);
        }

        Assert.Contains((await OfAsync(trajectories[1])).Nodes, node => node.Reference.Id == kept.ToString());
        var refused = await OfAsync(trajectories[2]);
        Assert.Equal([ReferenceKind.Generation, ReferenceKind.Judgement], refused.Nodes.Select(node => node.Reference.Kind).Order());
        Assert.True(refused.Complete);

        var lost = new PipelineFacts(RunId.Create());
        var untold = lost.Built(generation, judgement, Bytes("base"), Bytes("more data"), Bytes("a list that is gone"), 2);
        await ledger.HappenedAsync(lost.All);
        var unsure = await OfAsync(trajectories[1]);
        Assert.False(unsure.Complete);
        Assert.Contains($"is in data set {untold} cannot be told", unsure.Reason, StringComparison.Ordinal);
        Assert.Contains(unsure.Nodes, node => node.Reference.Id == kept.ToString());
    }

    [Theory]
    [InlineData("dataset", "\0")]
    [InlineData("environment", "maze\u0007")]
    [InlineData("person", "")]
    [InlineData("dataset", "none")]
    [InlineData("trajectory", "0197F3A0-1C00-7000-8000-000000000001")]
    [InlineData("model", "sha256:abc")]
    public void An_id_that_nothing_of_its_kind_can_have_is_refused_with_a_sentence(string kind, string id)
    {
        var refused = Assert.Throws<ProblemException>(() => ReferenceIds.Checked(Enum.Parse<ReferenceKind>(kind, ignoreCase: true), id));

        Assert.Equal(400, refused.Status);
        Assert.Contains("expected", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\0', refused.Message);
    }

    [Fact]
    public async Task The_members_of_a_group_come_page_by_page_in_the_order_they_were_counted()
    {
        var facts = new PipelineFacts(RunId.Create());
        facts.Submitted("ada");
        var (generation, trajectories) = facts.Played(new(PolicyKind.Expert), 25, 10);
        var judgement = facts.Judged(generation, trajectories, 10);
        await ledger.HappenedAsync(facts.All);
        await ledger.SeenAsync();

        foreach (var group in (Reference[])[Reference.To(ReferenceKind.Generation, generation), Reference.To(ReferenceKind.Judgement, judgement)])
        {
            var (listed, cursor) = (new List<string>(), default(MemberCursor));
            while (await MemberRows.PageAsync(ledger.Db, group, cursor, 7, CancellationToken.None) is { Count: > 0 } page)
            {
                listed.AddRange(page.Select(member => member.Trajectory));
                cursor = new(page[^1].Position, page[^1].Ordinal);
            }
            Assert.Equal(trajectories.Select(t => t.ToString()), listed);
        }
    }

    public void Dispose() => _artifacts.Delete(recursive: true);

    private Reference Of(ReferenceKind kind, string name) => new(kind, $"{name}-{_test}");

    private Digest Bytes(string name) => Digest.Of(System.Text.Encoding.ASCII.GetBytes(name + _test));

    private async Task<Downstream> WalkAsync(Reference root, int most = 10_000)
    {
        await ledger.SeenAsync();
        return await new DownstreamWalk(ledger.Db, root, most: most).WalkAsync(CancellationToken.None);
    }
}
