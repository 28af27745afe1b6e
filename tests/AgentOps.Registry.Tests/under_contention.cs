using System.Text;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using AgentOps.Registry;

namespace AgentOps.Registry.Tests;

/// <summary>Many at once on one ledger, each with a connection of its own, as several Registries would be.</summary>
[Collection(OneLineageLedger.Name)]
public sealed class UnderContention(LineageLedger ledger)
{
    private const int Tries = 1000;
    private const int Registrations = 32;
    private readonly string _name = $"agent-{Guid.NewGuid():N}";

    [Fact]
    public async Task Of_two_who_move_an_alias_from_the_same_version_exactly_one_wins_every_time()
    {
        var (ada, bob) = (ledger.Another("registry"), ledger.Another("registry"));
        await HandleAsync(ada, "ada", _ => [.. Enumerable.Range(1, 3).Select(Registered)]);
        await HandleAsync(ada, "ada", model => Model.MoveAlias(model, _name, "production", 1, 0, "ada"));

        for (var i = 0; i < Tries; i++)
        {
            var from = i % 3 + 1;
            var won = await Task.WhenAll(MovesAsync(ada, "ada", from % 3 + 1, from), MovesAsync(bob, "bob", from % 3 + 1, from));
            Assert.Single(won, true);
        }

        var moves = await MovesAsync();
        Assert.Equal(Tries + 1, moves.Count);
        Assert.All(moves.Zip(moves.Skip(1)), pair => Assert.Equal(pair.First.Version, pair.Second.Previous));
    }

    [Fact]
    public async Task Of_two_runs_whose_gates_pass_at_once_exactly_one_moves_the_alias_every_time()
    {
        var (one, other) = (ledger.Another("registry"), ledger.Another("registry"));
        for (var i = 0; i < Tries; i++)
        {
            var name = $"{_name}-{i}";
            // Both began before either had moved it.
            await Task.WhenAll(PassAsync(one, name, 1), PassAsync(other, name, 2));

            var facts = await ledger.Store.ReadStreamAsync(Model.Stream(name)).Select(stored => stored.Data).ToListAsync();
            var moved = Assert.Single(facts.OfType<AliasMoved>());
            Assert.Equal([1, 2], facts.OfType<ModelVersionRegistered>().Select(registered => registered.Version));
            Assert.Equal([moved.Version, null], facts.OfType<PromotionDecided>().Select(decided => decided.Version));
        }
    }

    private static Task PassAsync(LedgerStore store, string name, int number) => store.HandleAsync(
        Model.Stream(name), Model.Evolve,
        (Model? model) => Model.Promote(model, new(RunOf(number), "9.promote", 1), new PromoteWork(name, "production", [], [new("final", EvaluationId.Of(RunOf(number), "8.evaluate"))], [], "none", 0.05),
            [(new CandidateDecision("sft", DigestOf(number), Passed: true, []), 0.5)], lengthBefore: 0, "ada"),
        new EventContext("service:registry", Correlation: Guid.CreateVersion7()));

    [Fact]
    public async Task Version_numbers_have_no_hole_and_no_repeat_when_many_runs_register_at_once()
    {
        var stores = Enumerable.Range(0, Registrations).Select(_ => ledger.Another("registry")).ToList();

        await Task.WhenAll(stores.Select((store, i) => HandleAsync(store, "service:registry", model => Promote(model, i))));

        var registered = await ReadAsync<ModelVersionRegistered>();
        Assert.Equal(Enumerable.Range(1, Registrations), registered.Select(r => r.Version));
        Assert.Equal(Registrations, registered.Select(r => r.Digest).Distinct().Count());
    }

    private async Task<bool> MovesAsync(LedgerStore store, string who, int version, int from)
    {
        try
        {
            await HandleAsync(store, who, model => Model.MoveAlias(model, _name, "production", version, from, who));
            return true;
        }
        catch (ProblemException refused) when (refused.Status == 412)
        {
            return false;
        }
    }

    private Task<long> HandleAsync(LedgerStore store, string who, Func<Model?, IReadOnlyList<IEvent>> decide) =>
        store.HandleAsync(Model.Stream(_name), Model.Evolve, decide, new EventContext(who, Correlation: Guid.CreateVersion7()));

    private async Task<List<AliasMoved>> MovesAsync() => await ReadAsync<AliasMoved>();

    private async Task<List<T>> ReadAsync<T>() where T : IEvent => await ledger.Store.ReadStreamAsync(Model.Stream(_name)).Select(stored => stored.Data).OfType<T>().ToListAsync();

    private ModelVersionRegistered Registered(int version) => new(_name, version, DigestOf(version), RunOf(version), "sft");

    private IReadOnlyList<IEvent> Promote(Model? model, int number) => Model.Promote(
        model, new(RunOf(number), "9.promote", 1), new PromoteWork(_name, "production", [], [new("final", EvaluationId.Of(RunOf(number), "8.evaluate"))], [], "none", 0.05),
        [(new CandidateDecision("sft", DigestOf(number), Passed: false, []), 0.5)], model?.Length ?? 0, "ada");

    private static RunId RunOf(int number) => RunId.From(NameBasedGuid.Of("run", number.ToString()));

    private static Digest DigestOf(int number) => Digest.Of(Encoding.UTF8.GetBytes($"model {number}"));
}
