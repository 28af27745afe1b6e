using System.Text.Json;
using AgentOps.Contracts;
using AgentOps.Environments;
using static TorchSharp.torch;

namespace AgentOps.Learning;

/// <summary>
/// A training on what its own model plays: iteration after iteration, save the model for whoever plays, <see cref="Learn"/> from what was played, save the state.
/// A job opened from that state goes on with the next iteration, to the same bytes. Everything happens on one thread at a time.
/// </summary>
public sealed class OnlineJob : IDisposable
{
    private const double LearningRate = 1e-4;
    private const int BatchTokens = 8192;
    private const string Counted = "counted";
    private const string Rewards = "rewards";
    private const string Entropies = "entropies";
    private readonly OnlineTrainWork _work;
    private readonly string _name;
    private readonly TrainingState _state;
    private readonly OnlineMethod _method;
    private EpisodeScores? _scores;

    // How many there will be in all, if each iteration takes as many as the last.
    private int _steps;

    // Episodes of an iteration that began and has not ended.
    private int _begun;

    private OnlineJob(OnlineTrainWork work, TrainingState state, OnlineMethod method)
    {
        (_work, _state, _method) = (work, state, method);
        _name = Digest.Of(JsonSerializer.SerializeToUtf8Bytes<StepWork>(work, EventRegistry.Json)).ToString();
    }

    /// <param name="modelFolder">The Hugging Face folder of the model to start from; also the reference of the divergence.</param>
    /// <param name="stateFolder">What <see cref="SaveState"/> wrote for the same work, to go on from there.</param>
    /// <param name="rewardModelFolder">The Hugging Face folder of the work's reward model, where it has one.</param>
    /// <exception cref="ArgumentException">There is no such method, a setting is wrong, or the reward model reads other tokens.</exception>
    /// <exception cref="InvalidDataException">The state belongs to other work.</exception>
    public static OnlineJob Open(OnlineTrainWork work, string modelFolder, string? stateFolder = null, Device? device = null, string? rewardModelFolder = null)
    {
        var method = work.Method switch
        {
            "reinforce" => Reinforce.Method,
            "grpo" => Grpo.Of(work.Options),
            "gigpo" => Gigpo.Of(work.Options),
            "ppo" => Ppo.Of(work.Options),
            _ => throw new ArgumentException($"There is no online method '{work.Method}': use {string.Join(", ", OnlineMethods.Names)}.", nameof(work)),
        };
        Check(work);
        if (work.RewardModel is null != rewardModelFolder is null)
            throw new ArgumentException("A training needs the folder of its reward model, where it has one.", nameof(rewardModelFolder));
        var reference = work.Options.Kl > 0 ? Policy.Load(modelFolder, device) : null;
        var policy = Policy.Load(modelFolder, device);
        var head = method.HasValues ? new ValueHead(policy.Transformer.Config.HiddenSize, policy.Device) : null;
        var job = new OnlineJob(work, new TrainingState(policy, reference, head), method);
        job._state.Kept[Counted] = new float[5];
        try
        {
            if (rewardModelFolder is not null)
                job._scores = EpisodeScores.Open(rewardModelFolder, device);
            job._scores?.CheckTokenizer(policy.Tokenizer);
            if (stateFolder is not null)
                job._state.Load(stateFolder, job._name);
            return job;
        }
        catch
        {
            job.Dispose();
            throw;
        }
    }

    /// <summary>The iteration that comes next; as many as the work has when it is over.</summary>
    public int Iteration => (int)Counts[0];

    /// <summary>Optimiser steps done.</summary>
    public int Step => _state.Step;

    /// <summary>Training tokens seen, padding not counted.</summary>
    public long Tokens => _state.Tokens;

    /// <inheritdoc cref="TrainingJob.Metrics"/>
    public IReadOnlyDictionary<string, double> Metrics => _state.Reported;

    /// <summary>What became of all episodes that were played so far. Where an iteration ends in an exception, its episodes have failed.</summary>
    public BalanceSheet Balance => new BalanceSheet((int)Counts[1] + _begun, (int)Counts[2], Tied: (int)Counts[3], Failed: (int)Counts[4] + _begun).Closed();

    private bool HasReference => _work.Options.Kl > 0;

    private bool HasEntropy => _work.Options.Entropy > 0;

    private bool HasObservations => _work.Options.ObservationWeight > 0;

    // Iteration, episodes in, used, tied, failed: whole numbers, which a state keeps exactly up to 16 million.
    private float[] Counts => _state.Kept[Counted];

    /// <summary>Learns from one iteration's episodes, all of its groups at once. Where nothing is to be learned, one report without a step says how they went.</summary>
    /// <param name="failed">Episodes that were asked for and failed: they have no reward and count for nothing.</param>
    /// <exception cref="InvalidDataException">An episode's parts do not fit each other or the model, or its score is not a number.</exception>
    /// <exception cref="TrainingCollapsedException">The model that played has collapsed by the work's own rule; nothing was learned.</exception>
    /// <exception cref="NonFiniteStepException">A loss or gradient is not a number or infinite; the weights are those of the step before.</exception>
    public IEnumerable<StepReport> Learn(IReadOnlyList<Rollout> played, int failed, CancellationToken ct = default)
    {
        _begun = played.Count + failed;
        var (rewards, entropies) = Watched(played);
        played = Scored([.. played.Select(rollout => rollout.Checked(_state.Policy.Transformer.Config))], ct);
        // A method that compares has the episodes of a task, and of a role in it, side by side.
        List<Rollout> episodes = [.. played.Select(Rewarded).GroupBy(rollout => rollout.Group).SelectMany(group => group)];
        var weighted = _method.Weigh(episodes, _method.HasValues ? ValuesOf(episodes) : null);
        // A group whose turns were all as good as each other has nothing to say of rewards; where something else is learned, what they will be or what was observed, it takes part in that alone.
        var telling = weighted.GroupBy(episode => episode.Rollout.Group).Where(group => group.Any(episode => episode.Advantages.Any(advantage => advantage != 0))).SelectMany(group => group).ToList();
        var moving = _method.HasValues || HasReference || HasEntropy || HasObservations ? weighted : telling;
        var about = About(episodes, weighted.Count - telling.Count).Concat(Parts(played)).ToDictionary(metric => metric.Key, metric => metric.Value);
        if (moving.Count == 0 && about.Count > 0)
            yield return Told(new(_state.Step, Iteration + 1 < _work.Iterations ? Math.Max(_steps, _state.Step + 1) : _state.Step, _state.Tokens, about));
        else if (moving.Count > 0)
        {
            var plan = Batches(moving.Select(episode => episode.Rollout), _work.Options.Epochs ?? 1);
            _steps = _state.Step + plan.Count * (_work.Iterations - Iteration);
            foreach (var samples in plan)
            {
                ct.ThrowIfCancellationRequested();
                yield return Told(Take([.. samples.Select(sample => moving[sample])], _steps, about));
            }
        }
        if (rewards.Length > 0)
            (_state.Kept[Rewards], _state.Kept[Entropies]) = (rewards, entropies);
        var before = Counts;
        _state.Kept[Counted] = [before[0] + 1, before[1] + weighted.Count + failed, before[2] + telling.Count, before[3] + weighted.Count - telling.Count, before[4] + failed];
        _begun = 0;
    }

    /// <summary>Writes everything that the next iteration needs. The same state gives the same bytes.</summary>
    public void SaveState(string folder) => _state.Save(folder, _name);

    /// <summary>Writes the model as a Hugging Face folder. The same weights give the same bytes.</summary>
    public void SaveModel(string folder) => _state.Policy.Save(folder);

    public void Dispose()
    {
        _state.Dispose();
        _scores?.Dispose();
    }

    private StepReport Told(StepReport report)
    {
        _state.Reported = report.Metrics;
        return report;
    }

    private StepReport Take(WeightedRollout[] episodes, int steps, IReadOnlyDictionary<string, double> about)
    {
        using var scope = NewDisposeScope();
        var sequences = Sequences(episodes.Select(episode => episode.Rollout));
        var tokens = TokenBatch.Of(sequences, _state.Policy.Device);
        var hidden = LogProbs.Hidden(_state.Policy.Transformer, tokens);
        var logits = LogProbs.Logits(_state.Policy.Transformer, hidden, tokens.Places);
        var batch = OnlineBatch.Of(episodes, LogProbs.Of(logits, tokens.Targets), _method.HasValues ? ValuesAt(hidden, sequences, tokens) : null, _state.Policy.Device);
        var (loss, metrics) = _method.LossOf(batch);
        if (HasReference)
        {
            var divergence = Divergence.OfTokens(batch.LogProbs, Reference(tokens)).mean();
            (loss, metrics) = (loss + divergence * _work.Options.Kl!.Value, [.. metrics, ("kl", divergence)]);
        }
        if (HasEntropy)
        {
            var entropy = Entropy.OfTokens(logits).mean();
            (loss, metrics) = (loss - entropy * _work.Options.Entropy!.Value, [.. metrics, ("exactEntropy", entropy)]);
        }
        if (HasObservations)
        {
            var observed = ObservationLoss.Of(_state.Policy.Transformer, hidden, tokens, sequences);
            (loss, metrics) = (loss + observed * _work.Options.ObservationWeight!.Value, [.. metrics, ("observationLoss", observed)]);
        }
        var report = _state.Take(loss, tokens.Tokens, steps, _work.Options.LearningRate ?? LearningRate, metrics);
        return report with { Metrics = report.Metrics.Concat(about).ToDictionary(metric => metric.Key, metric => metric.Value) };
    }

    /// <summary>What the value head says of every turn as it is now.</summary>
    /// <returns>By episode and turn.</returns>
    private double[][] ValuesOf(IReadOnlyList<Rollout> episodes)
    {
        var values = new double[episodes.Count][];
        foreach (var samples in episodes.Count == 0 ? [] : Batches(episodes, epochs: 1))
        {
            using var scope = NewDisposeScope();
            using var frozen = no_grad();
            var sequences = Sequences(samples.Select(sample => episodes[sample]));
            var tokens = TokenBatch.Of(sequences, _state.Policy.Device);
            var said = new Queue<float>(Numbers.Of(ValuesAt(LogProbs.Hidden(_state.Policy.Transformer, tokens), sequences, tokens)));
            foreach (var sample in samples)
                values[sample] = [.. episodes[sample].Trained.Select(_ => (double)said.Dequeue())];
        }
        return values;
    }

    private Tensor ValuesAt(Tensor hidden, IReadOnlyList<TokenSequence> sequences, TokenBatch tokens) =>
        _state.Head.Of(hidden.index_select(0, ValueHead.Places(sequences, tokens.Starts).to(_state.Policy.Device)));

    private IReadOnlyList<int[]> Batches(IEnumerable<Rollout> episodes, int epochs) =>
        BatchPlan.Of([.. episodes.Select(rollout => rollout.Ids.Length)], TokensOfABatch, null, epochs, _work.Seed + Iteration);

    private int TokensOfABatch => Settings.BatchTokens(new TrainOptions(BatchTokens: _work.Options.BatchTokens)) ?? BatchTokens;

    private static TokenSequence[] Sequences(IEnumerable<Rollout> episodes) => [.. episodes.Select(rollout => new TokenSequence(rollout.Task, 0, rollout.Ids, rollout.Trained))];

    private Tensor Reference(TokenBatch tokens)
    {
        using var frozen = no_grad();
        return LogProbs.Of(_state.KeptBase.Transformer, tokens);
    }

    /// <exception cref="ArgumentException">A setting is wrong, or the method's algorithm has none of that name.</exception>
    private static void Check(OnlineTrainWork work)
    {
        var options = work.Options;
        Settings.Positive(options.LearningRate, "learningRate");
        Settings.Weight(options.Kl, "kl");
        Settings.Weight(options.Entropy, "entropy");
        Settings.Weight(options.ObservationWeight, "observationWeight");
        Settings.Epochs(options.Epochs);
        RewardParts.Check(options.Reward);
        if (RewardWeights.Contradiction(options.Reward, work.RewardModel is not null) is { } contradiction)
            throw new ArgumentException($"A training is refused: {contradiction.Why}");
        if (OnlineMethods.CreditObjection(options) is { } credit)
            throw new ArgumentException($"A training is refused: {credit}");
        if (work.RewardModel is not null && (work.Role is not null || Catalogue.RolesOf(work.Environment).Count > 0))
            throw new ArgumentException("A training of a team is refused: a reward model scores whole episodes, and a role's part is none.");
        CollapseWatch.Check(options.Stop, work.Iterations);
        if (options.Horizon is { } horizon && OnlineMethods.HorizonObjection(horizon, work.Iterations) is { } reason)
            throw new ArgumentException($"A training is refused: {reason}");
        foreach (var setting in TrainingMethods.Given(options))
            if (OnlineMethods.Objection(work.Method, setting) is { } objection)
                throw new ArgumentException($"A training is refused: {objection}");
    }

    private IReadOnlyList<Rollout> Scored(IReadOnlyList<Rollout> played, CancellationToken ct) => _scores?.Of(played, TokensOfABatch, ct) ?? played;

    private Rollout Rewarded(Rollout rollout) => _work.Options.Reward is { } weights ? RewardParts.Weighed(rollout, weights, _work.Options.Credit) : rollout;

    /// <returns>The mean of what each part earned, such as <c>reward.invalidAction</c>, which together are <c>reward</c>; and beside them the environment's own, <c>environmentReward</c>, which shows when a training earns by something else.</returns>
    private IEnumerable<KeyValuePair<string, double>> Parts(IReadOnlyList<Rollout> played) => _work.Options.Reward is { } weights && played.Count > 0
        ? played.SelectMany(rollout => RewardParts.Of(rollout, weights, _work.Options.Credit)).GroupBy(part => part.Name).Select(part => KeyValuePair.Create($"reward.{part.Key}", part.Average(of => of.Earned)))
            .Append(KeyValuePair.Create("environmentReward", played.Average(rollout => rollout.Reward)))
        : [];

    /// <summary>The figures of every iteration so far and this one, where the work has a rule for them.</summary>
    /// <exception cref="TrainingCollapsedException">The rule objects.</exception>
    private (float[] Rewards, float[] Entropies) Watched(IReadOnlyList<Rollout> played)
    {
        var (rewards, entropies) = (_state.Kept.GetValueOrDefault(Rewards, []), _state.Kept.GetValueOrDefault(Entropies, []));
        if (_work.Options.Stop is not { } rule || played.Count == 0)
            return (rewards, entropies);
        (rewards, entropies) = ([.. rewards, (float)played.Average(rollout => rollout.Reward)], [.. entropies, (float)Surprisal(played)]);
        return CollapseWatch.Objection(rule, rewards, entropies) is { } objection
            ? throw new TrainingCollapsedException($"The training was stopped at iteration {Iteration}, counted from 0: {objection}. Start again with a lower learning rate, or with more weight on 'kl' or 'entropy'.")
            : (rewards, entropies);
    }

    private static double Surprisal(IReadOnlyList<Rollout> played) => -played.SelectMany(rollout => rollout.LogProbs).DefaultIfEmpty().Average(logp => (double)logp);

    /// <summary>How the iteration's episodes went: what a run that collapses shows first.</summary>
    /// <returns><c>reward</c>: their mean; <c>entropy</c>: the mean surprisal of what was sampled, in nats; <c>tied</c>: the share that went as all it is compared with did, the others of its group or with a value head all of the iteration, so that no reward tells it apart.</returns>
    private static Dictionary<string, double> About(IReadOnlyList<Rollout> played, int tied) => played.Count == 0 ? [] : new()
    {
        ["reward"] = played.Average(rollout => rollout.Reward),
        ["entropy"] = Surprisal(played),
        ["tied"] = (double)tied / played.Count,
    };
}
