using System.Diagnostics;
using AgentOps.Agents;
using AgentOps.Contracts;
using AgentOps.Environments;
using AgentOps.Learning;

namespace AgentOps.LearnProbe;

/// <summary>One seed's way from a random network to every second stage, each measured on the same held-out tasks.</summary>
internal sealed class Probe(Settings settings, long seed)
{
    /// <summary>Each seed has training tasks of its own: this many.</summary>
    private const long TasksPerSeed = 1_000_000;

    private readonly Arena _arena = new(settings);
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly List<StageResult> _results = [];

    public async Task<IReadOnlyList<StageResult>> RunAsync()
    {
        var tests = _arena.Tasks(settings.Split, 0, settings.Tasks).ToArray();
        Add("random", 0, await _arena.PlayAsync(new RandomPolicy(), tests));
        using var start = await Base(tests);
        var tokenizer = start.Policy.Tokenizer;
        var experts = await _arena.PlayAsync(new ExpertPolicy(), _arena.Tasks(Split.Train, seed * TasksPerSeed, settings.Experts));
        TokenSequence[] demonstrations = [.. experts.Select(transcript => Arena.Sequence(transcript, tokenizer))];
        var sft = new Sft.Options(settings.Tokens, null, settings.LearningRate, settings.BatchTokens);
        await Stage("sft", start, Sft.Train(start, demonstrations, sft, seed), tests);
        if (settings.Fresh == 0)
            return _results;

        var fresh = _arena.Tasks(Split.Train, seed * TasksPerSeed + settings.Experts, settings.Fresh).ToArray();
        var explored = await Timed("explore", () => _arena.PlayAsync(start.Policy, fresh, settings.Samples, temperature: 1));
        var succeeded = explored.Where(transcript => transcript.Succeeded).ToArray();
        Log($"explored {explored.Length} episodes, {succeeded.Length} succeeded");
        var second = new Sft.Options(settings.SecondTokens, null, settings.SecondRate, settings.BatchTokens);
        await From(start, "longer", state => Sft.Train(state, demonstrations, second, seed), tests);
        await From(start, "rft", state => Sft.Train(state, [.. demonstrations, .. succeeded.Select(own => Arena.Sequence(own, tokenizer))], second, seed), tests);

        var pairs = Arena.Pairs(explored, await _arena.PlayAsync(new ExpertPolicy(), fresh), tokenizer);
        Log($"{pairs.Length} pairs");
        var dpo = new Dpo.Options(settings.Beta, LearningRate: settings.DpoRate, BatchTokens: settings.DpoBatchTokens);
        await From(start, "eto", state => Dpo.Train(state, pairs, dpo, seed), tests);
        await From(start, "eto's SFT arm", state => Dpo.Train(state, pairs, dpo with { PreferenceWeight = 0 }, seed), tests);
        return _results;
    }

    private async Task<TrainingState> Base(TaskId[] tests)
    {
        var policy = ScratchBase.Create(_arena.Environment, settings.Model, seed);
        var alphabet = ScratchBase.Alphabet(_arena.Environment, policy.Tokenizer);
        Log($"{policy.Parameters.Sum(named => named.parameter.numel()):N0} parameters, vocabulary {policy.Tokenizer.VocabularySize}, {alphabet.Count} of it in use");
        using (var copying = new TrainingState(policy))
        {
            await Stage("base", copying, CopyStage.Train(copying, alphabet, new(settings.Model.CopyTokens), seed), tests);
            return new(Copy(copying.Policy));
        }
    }

    private async Task From(TrainingState start, string name, Func<TrainingState, IEnumerable<StepReport>> train, TaskId[] tests)
    {
        using var state = new TrainingState(Copy(start.Policy));
        await Stage(name, state, train(state), tests);
    }

    private async Task Stage(string name, TrainingState state, IEnumerable<StepReport> training, TaskId[] tests)
    {
        var started = _clock.Elapsed;
        var lastLog = started;
        StepReport? last = null;
        foreach (var report in training)
        {
            if (_clock.Elapsed - lastLog > TimeSpan.FromSeconds(10))
            {
                Log($"{name} step {report.Step}/{report.Steps}: {Written(report)}");
                lastLog = _clock.Elapsed;
            }
            last = report;
        }
        var seconds = (_clock.Elapsed - started).TotalSeconds;
        Log($"{name}: {last?.Step} steps, {last?.Tokens:N0} tokens, {seconds:F0} s, {last?.Tokens / seconds:N0} tokens/s; {(last is null ? "" : Written(last))}");
        if (settings.Out is not null)
            state.Policy.Save(Path.Combine(settings.Out, $"{seed}-{name.Replace(' ', '-')}"));
        Add(name, seconds, await Timed("evaluate", () => _arena.PlayAsync(state.Policy, tests)));
    }

    private async Task<Transcript[]> Timed(string what, Func<Task<Transcript[]>> play)
    {
        var started = _clock.Elapsed;
        var transcripts = await play();
        Log($"{what}: {transcripts.Length} episodes, {transcripts.Average(t => t.Turns.Count):F1} turns, {(_clock.Elapsed - started).TotalSeconds:F0} s");
        return transcripts;
    }

    private void Add(string name, double seconds, Transcript[] transcripts)
    {
        var result = new StageResult(name, seed, seconds, [.. transcripts.Select(t => t.Succeeded)], [.. transcripts.Select(t => t.TaskType)]);
        _results.Add(result);
        Log($"{name}: {result.Successes}/{transcripts.Length} succeed ({string.Join(", ", result.ByType())}); {transcripts.Sum(t => t.InvalidActions)} invalid actions");
    }

    /// <summary>The same weights in a model of its own.</summary>
    private static Policy Copy(Policy policy)
    {
        var copy = new Policy(policy.Transformer.Config, policy.Tokenizer, policy.Device);
        foreach (var (from, to) in policy.Parameters.Zip(copy.Parameters))
            Numbers.Set(to.parameter, Numbers.Of(from.parameter));
        return copy;
    }

    private static string Written(StepReport report) => string.Join(", ", report.Metrics.Select(metric => $"{metric.Key} {metric.Value:G3}"));

    private void Log(string line) => Console.WriteLine($"[{seed}] {_clock.Elapsed:mm\\:ss} {line}");
}

/// <summary>One policy on all held-out tasks.</summary>
internal sealed record StageResult(string Name, long Seed, double Seconds, bool[] Succeeded, string[] Types)
{
    public int Successes => Succeeded.Count(success => success);

    public IEnumerable<string> ByType() => Types.Zip(Succeeded).GroupBy(pair => pair.First).OrderBy(group => group.Key, StringComparer.Ordinal)
        .Select(group => $"{group.Key} {group.Count(pair => pair.Second)}/{group.Count()}");
}
