using System.Diagnostics;
using AgentOps.Agents;
using AgentOps.Contracts;
using AgentOps.Environments;
using AgentOps.Learning;

namespace AgentOps.LearnProbe;

/// <summary>One seed's way from a random network to every second stage, each measured on the same held-out tasks.</summary>
internal sealed class Probe(Settings settings, long seed)
{
    private readonly Arena _arena = new(settings);
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly List<StageResult> _results = [];

    public async Task<IReadOnlyList<StageResult>> RunAsync()
    {
        var tests = _arena.Tasks(settings.Split, 0, settings.Tasks).ToArray();
        Add("random", 0, await _arena.PlayAsync(new RandomPolicy(), tests));
        using var start = settings.Start is { } folder
            ? await StageAsync("sft", tests, _ => Task.FromResult(Policy.Load(Path.Combine(folder, $"{seed}-sft"))))
            : await FirstAsync(tests);
        var material = await MaterialAsync(start);
        foreach (var stage in settings.Stages)
            (await StageAsync(stage.Text, tests, report => TrainAsync(stage, start, material, report))).Dispose();
        return _results;
    }

    private Task<Policy> TrainAsync(StageSpecification stage, Policy start, Material material, Action<StepReport> report) =>
        stage.Does == HybridStage.Name ? HybridStage.TrainAsync(stage, start, material, _arena, report)
        : OnlineStage.Names.Contains(stage.Does) ? OnlineStage.TrainAsync(stage, start, material, _arena, report)
        : RecordedStage.TrainAsync(stage, start, material, report);

    /// <summary>From a random network to one that has seen the demonstrations.</summary>
    private async Task<Policy> FirstAsync(TaskId[] tests)
    {
        using var random = ScratchBase.Create([_arena.Environment], settings.Model, seed);
        var alphabet = ScratchBase.Alphabet([_arena.Environment], random.Tokenizer);
        Log($"{random.Parameters.Sum(named => named.parameter.numel()):N0} parameters, vocabulary {random.Tokenizer.VocabularySize}, {alphabet.Count} of it in use");
        using var copying = await StageAsync("base", tests, report =>
            Task.FromResult(Training.Run(random, state => CopyStage.Train(state, alphabet, new(settings.Model.CopyTokens, Lessons: [.. CopyLesson.All.Take(settings.Lessons)]), seed), report)));
        var material = await MaterialAsync(copying);
        var options = new Sft.Options(settings.Tokens, null, settings.LearningRate, settings.BatchTokens, ObservationWeight: settings.ObservationWeight);
        return await StageAsync("sft", tests, report => Task.FromResult(Training.Run(copying, state => Sft.Train(state, material.Demonstrations, options, seed), report)));
    }

    private Task<Material> MaterialAsync(Policy policy) => Material.CreateAsync(settings, _arena, seed, policy.Tokenizer);

    /// <summary>Trains a model, reports what it comes to, and measures it on the held-out tasks.</summary>
    /// <returns>The caller's.</returns>
    private async Task<Policy> StageAsync(string name, TaskId[] tests, Func<Action<StepReport>, Task<Policy>> train)
    {
        var started = _clock.Elapsed;
        var lastLog = started;
        StepReport? last = null;
        var policy = await train(report =>
        {
            if (_clock.Elapsed - lastLog > TimeSpan.FromSeconds(10))
            {
                Log($"{name} step {report.Step}/{report.Steps}: {Written(report)}");
                lastLog = _clock.Elapsed;
            }
            last = report;
        });
        var seconds = (_clock.Elapsed - started).TotalSeconds;
        if (last is not null)
            Log($"{name}: {last.Step} steps, {last.Tokens:N0} tokens, {seconds:F0} s; {Written(last)}");
        if (settings.Out is not null)
            policy.Save(Path.Combine(settings.Out, $"{seed}-{name}"));
        Add(name, seconds, await Timed("evaluate", () => _arena.PlayAsync(policy, tests)));
        return policy;
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
