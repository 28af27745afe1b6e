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
        var key = KeyInForce();
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
        var key = KeyInForce();
        await SignedAsync(key, await stack.Facts.HeadAsync());
        var earlier = new CheckpointFolder(Folder).All()[0].Open(FirstKey());

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
        var key = FirstKey();

        var bundle = await stack.EvidenceAsync($"models/small-agent/versions/{version}");
        var evidence = EvidenceVerifier.Verify(new MemoryStream(bundle), key);

        Assert.Equal(facts.Promoted().ToString(), evidence.Subject.Model);
        // Other runs of the same file came to the same model; theirs are not of its lineage.
        var proved = evidence.Lineage.Where(node => node.Reference.Kind == "trajectory").Select(node => node.Reference.Id).Order();
        Assert.Equal(facts.Of<TrajectoryRecorded>().Select(trajectory => trajectory.Trajectory.ToString()).Order(), proved);
        Assert.Contains(evidence.Lineage, node => node.Reference is { Kind: "training" } && node.Events.Any(e => e.Type == "training.queued.v1"));

        bundle[bundle.Length / 2] ^= 1;
        Assert.ThrowsAny<EvidenceRefusedException>(() => EvidenceVerifier.Verify(new MemoryStream(bundle), key));
    }

    [Fact]
    public async Task The_key_is_rotated_and_whoever_has_the_first_one_verifies_an_export_and_a_bundle_made_after_that()
    {
        var facts = await stack.EndOfAsync(await stack.UndisturbedAsync());
        var version = facts.Of<PromotionDecided>().Single().Version;
        var before = KeyInForce().ToString();

        var rotated = (await stack.Admin.PostAsync("/api/v1/ledger/rotations", new { })).Is(HttpStatusCode.OK).Json;
        await Patience.UntilAsync("a checkpoint of the new key", () => Task.FromResult(KeyInForce().ToString() == rotated.GetProperty("key").GetString() ? "there" : null));
        await SignedAsync(KeyInForce(), rotated.GetProperty("position").GetInt64());

        var kept = new CheckpointFolder(Folder).All();
        var export = (await stack.Admin.GetAsync("/api/v1/ledger/export")).Is(HttpStatusCode.OK).Text;
        var report = ExportVerifier.Verify(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(export)), FirstKey(), kept);
        Assert.Null(report.Fault);
        Assert.Equal((before, rotated.GetProperty("key").GetString()), (report.Keys[^2].ToString(), report.Keys[^1].ToString()));
        Assert.True(report.Checkpoints >= 2 * kept.Count);

        var bundle = await stack.EvidenceAsync($"models/small-agent/versions/{version}");
        Assert.Equal(report.Keys.Count, EvidenceVerifier.Verify(new MemoryStream(bundle), FirstKey(), new CheckpointFolder(Folder).All()).Keys.Count);
    }

    [Fact]
    public async Task What_is_not_signed_yet_is_said_with_the_checkpoint()
    {
        await stack.EndOfAsync(await stack.UndisturbedAsync());
        await SignedAsync(KeyInForce(), 1);

        var headers = (await stack.Admin.GetAsync("/api/v1/ledger/checkpoint")).Is(HttpStatusCode.OK).Headers;

        Assert.True(long.Parse(headers.GetValues("X-Ledger-Unsigned").Single()) >= 0);
        Assert.True(double.Parse(headers.GetValues("X-Ledger-Unsigned-Seconds").Single(), System.Globalization.CultureInfo.InvariantCulture) >= 0);
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

    private NoteKey FirstKey() => new CheckpointFolder(Folder).PublicKey()!;

    /// <summary>The last of those that lie beside the checkpoints.</summary>
    private NoteKey KeyInForce() => NoteKey.Parse(File.ReadAllText(Enumerable.Range(2, 20).Select(number => Path.Combine(Folder, $"key-{number}.pub")).Where(File.Exists).LastOrDefault(Path.Combine(Folder, "key.pub"))));

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
