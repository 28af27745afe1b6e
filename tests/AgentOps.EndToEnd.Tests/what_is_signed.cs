using System.Net;
using System.Text.Json;
using AgentOps.Contracts;
using AgentOps.Ledger;
using AgentOps.Proofs;

namespace AgentOps.EndToEnd.Tests;

[Collection(OneStack.Name)]
public sealed class what_is_signed(Stack stack)
{
    private string Folder => Path.Combine(stack.App.Home, "checkpoints");

    [Fact]
    public async Task Whoever_has_the_public_key_can_prove_that_a_promotion_stands_in_the_ledger()
    {
        await stack.EndOfAsync(await stack.UndisturbedAsync());
        var (position, promoted) = await PromotionAsync();
        var key = NoteKey.Parse(await File.ReadAllTextAsync(Path.Combine(Folder, "key.pub")));
        await SignedAsync(key, position);

        var proof = (await stack.Admin.GetAsync($"/api/v1/ledger/proof?position={position}")).Is(HttpStatusCode.OK).Json;
        var checkpoint = Checkpoint.Open(proof.GetProperty("checkpoint").GetString()!, key);
        var proved = proof.GetProperty("event").Deserialize<EvidenceEvent>(EvidenceBundle.Json)!;

        Assert.Equal((position, promoted.Model), (proved.Position, proved.Member("model")));
        Assert.True(proved.IsIn(checkpoint));
        Assert.False((proved with { Position = position + 1 }).IsIn(checkpoint));
    }

    [Fact]
    public async Task Whoever_kept_an_earlier_checkpoint_can_prove_that_the_ledger_has_only_grown()
    {
        await stack.EndOfAsync(await stack.UndisturbedAsync());
        var key = NoteKey.Parse(await File.ReadAllTextAsync(Path.Combine(Folder, "key.pub")));
        await SignedAsync(key, await stack.Facts.HeadAsync());
        var earlier = new CheckpointFolder(Folder).All(key)[0];

        var proof = (await stack.Admin.GetAsync($"/api/v1/ledger/proof?from={earlier.Size}")).Is(HttpStatusCode.OK).Json;
        var now = Checkpoint.Open(proof.GetProperty("checkpoint").GetString()!, key);

        Assert.True(now.Size > earlier.Size);
        Assert.True(ConsistencyProof.Verify(earlier.Size, earlier.Root, now.Size, now.Root, PathOf(proof)));
    }

    [Fact]
    public async Task The_evidence_of_what_was_promoted_is_verified_without_the_stack()
    {
        var facts = await stack.EndOfAsync(await stack.UndisturbedAsync());
        var version = facts.Of<PromotionDecided>().Single().Version;
        var key = NoteKey.Parse(await File.ReadAllTextAsync(Path.Combine(Folder, "key.pub")));

        using var http = new HttpClient { DefaultRequestHeaders = { { "X-Api-Key", (await File.ReadAllTextAsync(Path.Combine(stack.App.Home, "admin.key"))).Trim() } } };
        var bundle = await http.GetByteArrayAsync(new Uri(stack.App.GetEndpoint("gateway"), $"/api/v1/models/small-agent/versions/{version}/evidence"));
        var evidence = EvidenceVerifier.Verify(new MemoryStream(bundle), key);

        Assert.Equal(facts.Promoted().ToString(), evidence.Subject.Model);
        // Other runs of the same file came to the same model; theirs are not of its lineage.
        var proved = evidence.Lineage.Where(node => node.Reference.Kind == "trajectory").Select(node => node.Reference.Id).Order();
        Assert.Equal(facts.Of<TrajectoryRecorded>().Select(trajectory => trajectory.Trajectory.ToString()).Order(), proved);
        Assert.Contains(evidence.Lineage, node => node.Reference is { Kind: "training" } && node.Events.Any(e => e.Type == "training.queued.v1"));

        bundle[bundle.Length / 2] ^= 1;
        Assert.ThrowsAny<EvidenceRefusedException>(() => EvidenceVerifier.Verify(new MemoryStream(bundle), key));
    }

    [Theory]
    [InlineData("")]
    [InlineData("?position=0")]
    [InlineData("?from=1000000000")]
    [InlineData("?position=1&from=1")]
    public async Task What_cannot_be_proved_is_refused(string query)
    {
        await stack.EndOfAsync(await stack.UndisturbedAsync());
        Answer.AssertProblem(await stack.Admin.GetAsync($"/api/v1/ledger/proof{query}"), HttpStatusCode.BadRequest, "proof");
    }

    /// <summary>Waits until a checkpoint covers a position.</summary>
    private Task<Checkpoint> SignedAsync(NoteKey key, long position) => Patience.UntilAsync($"a checkpoint of position {position}", async () =>
        Checkpoint.Open((await stack.Admin.GetAsync("/api/v1/ledger/checkpoint")).Is(HttpStatusCode.OK).Text, key) is var signed && signed.Size >= position ? signed : null);

    private async Task<(long Position, PromotionDecided Fact)> PromotionAsync()
    {
        await using var database = await stack.ConnectAsync("registry");
        await using var ledger = new LedgerStore(database, AllEvents.Registry, new Producer("tests", "0"));
        var stored = await ledger.ReadStreamAsync("model-small-agent").FirstAsync(e => e.Data is PromotionDecided);
        return (stored.Position, (PromotionDecided)stored.Data);
    }

    private static IReadOnlyList<byte[]> PathOf(JsonElement proof) => [.. proof.GetProperty("path").EnumerateArray().Select(hash => hash.GetBytesFromBase64())];
}
