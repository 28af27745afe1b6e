using AgentOps.Contracts;
using AgentOps.Tests;

namespace AgentOps.Registry.Tests;

/// <summary>
/// Runs as a pipeline may have them, two at a time and mixed: from scratch, imported, on a registered base that an alias named, or as retries that take over models and data sets.
/// They come to the same few models and data again and again, and some trainings change nothing.
/// </summary>
internal sealed class RandomPipelines(int seed, IReadOnlyList<Digest> models, IReadOnlyList<string> names)
{
    private sealed record Ended(RunId Run, Digest Base, string? BaseVersion, Digest Current, (DatasetId Id, Digest Data)? Built);

    private readonly Random _random = new(seed);
    private readonly List<Ended> _ended = [];
    private readonly Dictionary<string, (int Latest, int? Production)> _versions = names.ToDictionary(name => name, _ => (0, default(int?)));
    private readonly Dictionary<Reference, Digest> _registered = [];

    public IReadOnlyCollection<Reference> Versions => _registered.Keys;

    /// <summary>The models of which an alias points at a version.</summary>
    public IEnumerable<string> Promoted => _versions.Where(model => model.Value.Production is not null).Select(model => model.Key);

    public IEnumerable<PipelineFact> Rounds(int rounds)
    {
        for (var round = 0; round < rounds; round++)
        {
            var runs = new[] { Run(), Run() };
            _ended.AddRange(runs.Select(run => run.End));
            var (first, second) = (new Queue<PipelineFact>(runs[0].Facts.All), new Queue<PipelineFact>(runs[1].Facts.All));
            while (first.Count + second.Count > 0)
                yield return (second.Count == 0 || (first.Count > 0 && _random.Next(2) == 0) ? first : second).Dequeue();
        }
    }

    private (PipelineFacts Facts, Ended End) Run()
    {
        var facts = new PipelineFacts(RunId.Create());
        var end = Begin(facts);
        for (var steps = _random.Next(3); steps > 0; steps--)
            end = Train(facts, end);
        if (_random.Next(4) > 0)
            Register(facts, end);
        return (facts, end);
    }

    private Ended Begin(PipelineFacts facts)
    {
        var by = $"person {_random.Next(5)}";
        switch (_random.Next(4))
        {
            case 0 when _ended.Count > 0:
                var retried = Any(_ended);
                facts.Submitted(by, retried.Run, retried.Base, retried.BaseVersion);
                return retried with { Run = facts.Run };
            case 1 when _versions.Where(v => v.Value.Production is not null).ToList() is { Count: > 0 } aliases:
                var (name, versions) = Any(aliases);
                var version = ModelEvents.Version(name, versions.Production!.Value);
                // Events of before it was said have no version.
                var said = _random.Next(4) == 0 ? null : version.Id;
                facts.Submitted(by, null, _registered[version], said);
                return new(facts.Run, _registered[version], said, _registered[version], null);
            case 2:
                facts.Submitted(by);
                var imported = Any(models);
                facts.Trained(new ImportWork($"/models/{_random.Next(2)}"), imported);
                return new(facts.Run, imported, null, imported, null);
            default:
                facts.Submitted(by);
                facts.Trained(PipelineFacts.Scratch, models[0]);
                return new(facts.Run, models[0], null, models[0], null);
        }
    }

    private Ended Train(PipelineFacts facts, Ended end)
    {
        var made = _random.Next(4) == 0 ? end.Current : Any(models);
        if (end.Built is { } taken && _random.Next(2) == 0)
        {
            facts.Trained(end.Current, taken.Id, taken.Data, made);
            return end with { Current = made };
        }
        var policy = _random.Next(2) == 0 ? new PolicyReference(PolicyKind.Expert) : new(PolicyKind.Model, end.Current);
        var (generation, trajectories) = facts.Played(policy, 3, 2);
        var judgement = facts.Judged(generation, trajectories, 2);
        var data = Digest.Of([(byte)_random.Next(3)]);
        var built = facts.Built(generation, judgement, end.Base, data, Digest.Of([(byte)_random.Next(3), 1]), 3);
        facts.Trained(end.Current, built, data, made);
        return end with { Current = made, Built = (built, data) };
    }

    private void Register(PipelineFacts facts, Ended end)
    {
        var name = Any(names);
        var number = _versions[name].Latest + 1;
        _registered[ModelEvents.Version(name, number)] = end.Current;
        facts.Registered(name, number, end.Current);
        var promoted = _random.Next(2) == 0;
        if (promoted)
        {
            var (generation, _) = facts.Played(new(PolicyKind.Model, end.Current), 2, 2);
            facts.Promoted(name, number, facts.Evaluated(generation, end.Current, end.Base), end.Current, end.Base);
        }
        _versions[name] = (number, promoted ? number : _versions[name].Production);
    }

    private T Any<T>(IReadOnlyList<T> of) => of[_random.Next(of.Count)];
}
