using System.Net;
using AgentOps.Contracts;
using AgentOps.Proofs;

namespace AgentOps.EndToEnd.Tests;

[Collection(OneStack.Name)]
public sealed class what_an_alias_asks_for(Stack stack) : IAsyncLifetime
{
    private const string Alias = "/api/v1/models/small-agent/aliases/audited";
    private int _version;

    public async Task InitializeAsync()
    {
        var facts = await stack.EndOfAsync(await stack.UndisturbedAsync());
        _version = facts.Of<PromotionDecided>().Single().Version!.Value;
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task An_alias_under_four_eyes_moves_when_a_second_person_approves_and_an_auditor_without_the_stack_is_told_who_agreed_and_when()
    {
        var before = DateTimeOffset.UtcNow;
        var created = (await stack.Admin.PostAsync("/api/v1/keys", new { name = "grace", role = "operator" })).Is(HttpStatusCode.Created).Json;
        var grace = stack.With(created.GetProperty("key").GetString());
        Answer.AssertProblem(await PutAsync(grace, "/policy", new { passedGate = true, approvals = 1 }), HttpStatusCode.Forbidden, "forbidden");
        // What its gate had not asked, the version has not passed.
        (await PutAsync(stack.Admin, "/policy", new { passedGate = true, approvals = 1, gate = new { when = (string[])["sft.success > base.success"], test = "paired", alpha = 0.05 } })).Is(HttpStatusCode.OK);
        var refused = Answer.AssertProblem(await PutAsync(stack.Admin, "", new { version = _version }, ("If-Match", "\"0\"")), HttpStatusCode.Forbidden, "alias-policy");
        Assert.Contains("which asked 'sft.success > base.success', paired at 0.05, and version", refused.GetProperty("detail").GetString(), StringComparison.Ordinal);
        (await PutAsync(stack.Admin, "/policy", new { passedGate = true, approvals = 1, gate = new { when = (string[])["sft.success>=sft.success"] } })).Is(HttpStatusCode.OK);

        (await PutAsync(stack.Admin, "", new { version = _version, reason = "the release" }, ("If-Match", "\"0\""))).Is(HttpStatusCode.Accepted);

        Answer.AssertProblem(await stack.Admin.PostAsync($"{Alias}/approvals", new { version = _version }), HttpStatusCode.Forbidden, "own-proposal");
        var moved = (await grace.PostAsync($"{Alias}/approvals", new { version = _version, reason = "the figures hold" })).Is(HttpStatusCode.OK).Json;
        Assert.Equal((_version, "admin", "grace"), (moved.GetProperty("version").GetInt32(), moved.GetProperty("movedBy").GetString(), moved.GetProperty("approvedBy")[0].GetString()));
        Answer.AssertProblem(await stack.Admin.GetAsync($"{Alias}?at={Uri.EscapeDataString(before.ToString("O"))}"), HttpStatusCode.NotFound, "unknown-alias");
        var now = (await stack.Admin.GetAsync($"{Alias}?at={Uri.EscapeDataString(DateTimeOffset.UtcNow.AddMinutes(1).ToString("O"))}")).Is(HttpStatusCode.OK).Json;
        Assert.Equal(moved.GetProperty("position").GetInt64(), now.GetProperty("position").GetInt64());

        (await stack.Admin.PostAsync("/api/v1/deployments", new { model = "small-agent@audited", name = "audited", reason = "for the shop" })).Is(HttpStatusCode.OK);
        var move = (await stack.Admin.GetAsync("/api/v1/deployments/audited/lineage")).Is(HttpStatusCode.OK).Json.GetProperty("move");
        Assert.Equal(("the release", "grace", "the figures hold"), (move.GetProperty("reason").GetString(), move.GetProperty("approvals")[0].GetProperty("by").GetString(), move.GetProperty("approvals")[0].GetProperty("reason").GetString()));
        Assert.Contains("ao:person/grace", (await stack.Admin.GetAsync($"{Alias}/lineage?format=prov")).Is(HttpStatusCode.OK).Text, StringComparison.Ordinal);

        var proved = EvidenceVerifier.Verify(new MemoryStream(await stack.EvidenceAsync("deployments/audited")), NoteKey.Parse(await File.ReadAllTextAsync(Path.Combine(stack.App.Home, "checkpoints", "key.pub"))));
        Assert.Equal((_version, "admin", "grace", "for the shop"), (proved.Move!.Version, proved.Move.MovedBy, Assert.Single(proved.Move.Approvals).By, proved.Deployment!.Reason));
        Assert.Equal(moved.GetProperty("evidence").GetString(), proved.Move.Evidence);
        Assert.Equal(("'sft.success >= sft.success'", "'sft.success >= sft.success'"), (proved.Move.Terms!.Gate!.ToString(), proved.Move.Gate!.Asked!.ToString()));
        Assert.Contains(proved.Lineage, node => node.Reference.Kind == "evaluation" && node.Reference.Id == proved.Move.Evidence);
    }

    private static Task<Answer> PutAsync(Api caller, string path, object body, params (string, string)[] headers) => caller.SendAsync(HttpMethod.Put, Alias + path, Api.Json(body), headers);
}
