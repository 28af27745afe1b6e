using AgentOps.Agents;
using AgentOps.Contracts;
using AgentOps.Environments;
using AgentOps.Generator;
using AgentOps.Learning;
using AgentOps.Models;
using AgentOps.PreferenceBuilder;

namespace AgentOps.LearnProbe;

/// <summary>What a seed's second stages learn from: its own part of the training tasks, demonstrations of the first, episodes of the others.</summary>
internal sealed class Material
{
    /// <summary>Each seed has training tasks of its own: this many.</summary>
    private const long TasksPerSeed = 1_000_000;

    private readonly Settings _settings;
    private readonly Arena _arena;
    private readonly Dictionary<Exploration, Transcript[]> _ofStart = [];

    private Material(Settings settings, Arena arena, long seed, BpeTokenizer tokenizer, TokenSequence[] demonstrations) =>
        (_settings, _arena, Seed, Tokenizer, Demonstrations) = (settings, arena, seed, tokenizer, demonstrations);

    public long Seed { get; }

    public BpeTokenizer Tokenizer { get; }

    public TokenSequence[] Demonstrations { get; }

    /// <summary>The first task that no demonstration has shown.</summary>
    public long FirstFresh => Seed * TasksPerSeed + _settings.Experts;

    /// <summary>The first task that so many rounds of exploration have not met either.</summary>
    public long FirstUnexplored(int rounds) => FirstFresh + (long)rounds * _settings.Fresh;

    /// <summary>The model before any demonstration.</summary>
    /// <returns>The caller's.</returns>
    /// <exception cref="ArgumentException">No earlier run has kept it.</exception>
    public Policy Base() => _settings.Start is { } folder
        ? Policy.Load(Path.Combine(folder, $"{Seed}-base"))
        : throw new ArgumentException("A stage from the base takes the one that an earlier run has kept: give '--start'.");

    public static async Task<Material> CreateAsync(Settings settings, Arena arena, long seed, BpeTokenizer tokenizer)
    {
        var experts = await arena.PlayAsync(new ExpertPolicy(), arena.Tasks(Split.Train, seed * TasksPerSeed, settings.Experts));
        return new(settings, arena, seed, tokenizer, [.. experts.Select(transcript => Arena.Sequence(transcript, tokenizer))]);
    }

    /// <summary>What the start model plays in the first round is played once for all stages.</summary>
    /// <param name="invalidWeight">Of the turns that the environment did not understand.</param>
    public async Task<IReadOnlyCollection<Candidate>> ExploreAsync(Policy policy, Exploration exploration, double invalidWeight = 1)
    {
        if (exploration.Round > 0)
            return Candidates(await PlayAsync(policy, exploration), source: 1, invalidWeight);
        if (!_ofStart.TryGetValue(exploration, out var played))
            _ofStart[exploration] = played = await PlayAsync(policy, exploration);
        return Candidates(played, source: 1, invalidWeight);
    }

    /// <summary>The expert on the tasks that are explored.</summary>
    public async Task<IReadOnlyCollection<Candidate>> ExpertsAsync(Exploration exploration) => Candidates(await _arena.PlayAsync(new ExpertPolicy(), TasksOf(exploration)), source: 0);

    /// <summary>How many of the tasks of dev a policy succeeds in that no measurement on dev plays.</summary>
    public async Task<int> HeldOutAsync(Policy policy, int tasks) =>
        (await _arena.PlayAsync(policy, _arena.Tasks(Split.Dev, _settings.Tasks, tasks))).Count(transcript => transcript.Succeeded);

    private Task<Transcript[]> PlayAsync(Policy policy, Exploration exploration) => _arena.PlayAsync(policy, TasksOf(exploration), exploration.Samples, temperature: 1);

    private IEnumerable<TaskId> TasksOf(Exploration exploration) => exploration.OfDemonstrations
        ? _arena.Tasks(Split.Train, Seed * TasksPerSeed, _settings.Experts)
        : _arena.Tasks(Split.Train, FirstUnexplored(exploration.Round), _settings.Fresh);

    private Candidate[] Candidates(Transcript[] played, int source, double invalidWeight = 1) => [.. played.Select(transcript => new Candidate(
        TrajectoryId.From(Guid.NewGuid()), source, SuccessesOnly: false, transcript.Task, (int)transcript.Seed, Usable: true, Accepted: transcript.Succeeded, transcript.Succeeded,
        transcript.Reward!.Value, InvalidTurns.Weighted(Arena.Sequence(transcript, Tokenizer), RecordedTurns.Of(transcript), invalidWeight)))];
}

/// <summary>Which tasks a round plays, each so many times.</summary>
/// <param name="OfDemonstrations">The demonstrations' own tasks in every round; else tasks that no round before has explored.</param>
internal sealed record Exploration(int Round, int Samples, bool OfDemonstrations);
