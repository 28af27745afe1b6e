using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Environments;
using AgentOps.Hosting;
using AgentOps.Learning;
using AgentOps.Ledger;

namespace AgentOps.Trainer;

/// <summary>
/// Iteration after iteration: store the model, ask Generator to play with it, learn from what it recorded, save the state. The next holder goes on with the iteration after the last saved one,
/// and finds its episodes where they were played already.
/// </summary>
/// <param name="append">Appends to the training's stream under its lease.</param>
internal sealed class OnlineTraining(TrainingRun run, OnlineTrainWork work, ArtifactStore artifacts, Episodes episodes, Func<IEvent, CancellationToken, Task> append, AttemptWatch attempt, TimeProvider time)
{
    private static readonly TimeSpan ReportEvery = TimeSpan.FromSeconds(1);
    private readonly Recurring _reporting = new(ReportEvery, time);
    private Progress? _progress;

    /// <summary>What became of the episodes so far.</summary>
    public BalanceSheet? Balance { get; private set; }

    /// <summary>The last step's.</summary>
    public IReadOnlyDictionary<string, double> Metrics => _progress?.Last ?? new Dictionary<string, double>();

    /// <returns>The model and how far it came; null where nobody waits for it any more.</returns>
    /// <exception cref="EpisodesLackingException">Episodes could not be played.</exception>
    /// <exception cref="DataRefusedException">In none of them was anything to learn. They are recorded, and a further attempt would find the same.</exception>
    public async Task<(Digest Model, int Step, long Tokens)?> RunAsync(JobThread<OnlineJob> thread, CancellationToken ct)
    {
        _progress = new(run.Id, await thread.CallAsync(job => job.Metrics, ct));
        Balance = await thread.CallAsync(job => job.Balance, ct);
        while (await thread.CallAsync(job => job.Iteration, ct) is var iteration && iteration < work.Iterations)
        {
            if (await attempt.IsOverAsync(ct) || await PlayedAsync(thread, iteration, ct) is not { } played || !await LearnAsync(thread, played, _progress, ct))
                return null;
            var saved = await thread.StoreAsync(artifacts, (job, folder) => job.SaveState(folder), ct);
            await append(new CheckpointSaved(run.Id, await thread.CallAsync(job => job.Step, ct), saved), ct);
        }
        if (Balance.In == Balance.Failed)
            throw new DataRefusedException($"All {Balance.In} {(Learners().Count > 0 ? "roles' parts of episodes" : "episodes")} of {work.Iterations} iterations failed: there was nothing to learn from.", Balance);
        // What was observed is learned from every episode, whatever it was rewarded with.
        if (Balance.Used == 0 && work.Options.ObservationWeight is not > 0)
            throw new DataRefusedException($"In {work.Iterations} iterations of {work.Groups} tasks, each played {work.Samples} times, the episodes of every task went alike: there was nothing to tell a better one by. Use easier or harder tasks, or more samples.", Balance);
        return (await thread.StoreAsync(artifacts, (job, folder) => job.SaveModel(folder), ct), await thread.CallAsync(job => job.Step, ct), await thread.CallAsync(job => job.Tokens, ct));
    }

    private async Task<(IReadOnlyList<Rollout> Played, int Failed)?> PlayedAsync(JobThread<OnlineJob> thread, int iteration, CancellationToken ct)
    {
        var generation = GenerationOf(iteration);
        if (run.Asked is not { } asked || asked.Step != run.Step || asked.Iteration < iteration)
        {
            var policy = await thread.StoreAsync(artifacts, (job, folder) => job.SaveModel(folder), ct);
            await append(new IterationRequested(run.Id, run.Step, iteration, policy, generation, work.Play(iteration, policy), [.. Enumerable.Range(0, iteration).Select(GenerationOf)], work.From, iteration > 0 ? work.RewardModel : null), ct);
        }
        return await episodes.WaitAsync(generation, run.Step.Attempt, attempt.IsOverAsync, ct) ? await episodes.ReadAsync(generation, Learners(), ct) : null;
    }

    /// <summary>The one role that it learns, or all of the environment's; none where that has one agent.</summary>
    private IReadOnlyList<string> Learners() => work.Role is { } role ? [role] : Catalogue.Find(work.Environment).Roles;

    /// <returns>False where nobody waits for it any more: the iteration is left in its midst.</returns>
    private async Task<bool> LearnAsync(JobThread<OnlineJob> thread, (IReadOnlyList<Rollout> Played, int Failed) iteration, Progress progress, CancellationToken ct)
    {
        try
        {
            var steps = await thread.CallAsync(job => job.Learn(iteration.Played, iteration.Failed, ct).GetEnumerator(), ct);
            while (await thread.CallAsync(_ => steps.MoveNext() ? steps.Current : null, ct) is { } report)
            {
                progress.Add(report);
                if (!_reporting.IsDue)
                    continue;
                await append(progress.Take(), ct);
                _reporting.Done();
                if (await attempt.IsOverAsync(ct))
                    return false;
            }
            return true;
        }
        finally
        {
            // An iteration that ends in a failure is in the books too.
            Balance = await thread.CallAsync(job => job.Balance, CancellationToken.None);
        }
    }

    private GenerationId GenerationOf(int iteration) => OnlineTrainWork.GenerationOf(run.Step.Run, run.Step.Path, iteration);
}
