using AgentOps.Agents;
using AgentOps.Contracts;
using AgentOps.Environments;
using AgentOps.Learning;
using AgentOps.Models;
using AgentOps.Models.Decoding;

namespace AgentOps.LearnProbe;

/// <summary>Plays episodes and makes training data of them.</summary>
internal sealed class Arena(Settings settings)
{
    private const int InFlight = 128;

    private readonly EnvironmentInfo _environment = Catalogue.Find(settings.Environment);

    public EnvironmentInfo Environment => _environment;

    /// <summary>Plays samples of tasks with the model as it stands now; in the order of (task, sample).</summary>
    public async Task<Transcript[]> PlayAsync(Policy policy, IEnumerable<TaskId> tasks, int samples = 1, double temperature = 0, int? maxTurns = null)
    {
        var options = new EngineOptions { Threads = settings.Threads, MaxBatch = InFlight, MaxQueue = InFlight };
        await using var engine = new DecodingEngine(DecoderModel.Create(policy.Snapshot()), options);
        return await PlayAsync(new EnginePolicy(engine, policy.Tokenizer, temperature), tasks, samples, maxTurns);
    }

    public async Task<Transcript[]> PlayAsync(IPolicy policy, IEnumerable<TaskId> tasks, int samples = 1, int? maxTurns = null)
    {
        using var free = new SemaphoreSlim(InFlight);
        async Task<Transcript> One(TaskId task, int sample)
        {
            await free.WaitAsync();
            try
            {
                var transcript = await Task.Run(() => Episode.PlayAsync(_environment, task, policy, sample, maxTurns ?? _environment.MaxTurns));
                return transcript.Failure is not null ? throw new InvalidOperationException(transcript.Failure) : transcript;
            }
            finally
            {
                free.Release();
            }
        }
        return await Task.WhenAll(tasks.SelectMany(task => Enumerable.Range(0, samples).Select(sample => One(task, sample))));
    }

    public IEnumerable<TaskId> Tasks(Split split, long first, int count) => Enumerable.Range(0, count).Select(i => new TaskId(settings.Environment, split, first + i));

    /// <summary>The ids of an episode: sampled ones as they are, the expert's text tokenised.</summary>
    public static TokenSequence Sequence(Transcript transcript, BpeTokenizer tokenizer)
    {
        var encoded = tokenizer.Chat.Encode([.. EnginePolicy.Messages(transcript)]);
        return new(transcript.Task.ToString(), (int)transcript.Seed, encoded.Ids, encoded.Spans());
    }
}
