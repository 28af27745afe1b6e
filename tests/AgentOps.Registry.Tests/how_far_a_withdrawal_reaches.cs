using System.Text.Json;
using AgentOps.Contracts;

namespace AgentOps.Registry.Tests;

public sealed class how_far_a_withdrawal_reaches
{
    // What the ledger takes of an event.
    private const int MostBytes = 65_536;
    private static readonly Reference Grace = Reference.To(ReferenceKind.Subject, "grace");
    private static readonly Withdrawn Made = new(WithdrawalId.Of(Grace), Grace, new string('x', 1_000), "ada", [], []);

    [Fact]
    public void However_much_it_is_every_event_has_room_for_its_part_and_nothing_is_left_out()
    {
        string[] Names(string kind) => [.. Enumerable.Range(1_000_000_000, 3_000).Select(n => $"{kind}{new string('m', 64 - kind.Length)}:{n}")];
        var whole = Made with { Versions = Names("v"), Deployments = Names("d"), Decided = new(Names("p"), Names("q")) };

        var events = Withdrawal.Make(null, whole);

        Assert.All(events, part => Assert.True(JsonSerializer.SerializeToUtf8Bytes(part, part.GetType(), EventRegistry.Json).Length < MostBytes - 2_000));
        var first = Assert.IsType<Withdrawn>(events[0]);
        var rest = events.Skip(1).Cast<WithdrawalReached>().ToList();
        Assert.Equal(whole.Versions, first.Versions.Concat(rest.SelectMany(part => part.Learned.Versions)));
        Assert.Equal(whole.Deployments, first.Deployments.Concat(rest.SelectMany(part => part.Learned.Deployments)));
        Assert.Equal(whole.Decided!.Versions, (first.Decided?.Versions ?? []).Concat(rest.SelectMany(part => part.Decided?.Versions ?? [])));
        Assert.Equal(whole.Decided.Deployments, (first.Decided?.Deployments ?? []).Concat(rest.SelectMany(part => part.Decided?.Deployments ?? [])));
    }

    [Fact]
    public void A_key_goes_before_it_is_known_how_far_and_that_follows_once()
    {
        var asked = Withdrawal.Erase(null, Made);
        Assert.IsType<ErasureRequested>(asked[1]);
        var state = asked.Aggregate((Withdrawal?)null, Withdrawal.Evolve);
        Assert.False(state!.IsReached);
        Assert.Empty(Withdrawal.Erase(state, Made));

        var reached = Assert.IsType<WithdrawalReached>(Assert.Single(Withdrawal.Make(state, Made with { Versions = ["agent:1"] })));

        Assert.Equal(["agent:1"], reached.Learned.Versions);
        Assert.Empty(Withdrawal.Make(Withdrawal.Evolve(state, reached), Made with { Versions = ["agent:1"] }));
    }
}
