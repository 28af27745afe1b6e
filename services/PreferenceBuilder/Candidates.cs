using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Environments;
using AgentOps.Hosting;
using AgentOps.Ledger;
using AgentOps.Subjects;

namespace AgentOps.PreferenceBuilder;

/// <summary>Collects what the ledger says about a data set's sources: trajectories, verdicts, and the tokens as they were sampled.</summary>
public sealed class Candidates(LedgerStore ledger, ArtifactStore artifacts, SubjectKeys subjects)
{
    /// <returns>Every trajectory of the sources, of a team's one for each role that is to learn, and the model's context in tokens.</returns>
    public async Task<(List<Candidate> Found, int Context)> CollectAsync(DatasetWork work, CancellationToken ct)
    {
        var tokenised = Tokenised.Load(await artifacts.FolderAsync(work.Tokenizer, ct));
        var shards = new ShardTokens(artifacts, subjects);
        var withdrawals = await ledger.WithdrawalsAsync(work.Without ?? [], ct);
        var found = new List<Candidate>();
        foreach (var (index, source) in work.Sources.Index())
        {
            var verdicts = source.Judgement is { } judgement ? await ledger.VerdictsAsync(judgement, ct).ToDictionaryAsync(judged => judged.Trajectory, cancellationToken: ct) : null;
            var played = (await ledger.ShardsAsync(source.Generation, ct)).SelectMany(shard => shard.Trajectories).Select(one => one.Trajectory);
            await foreach (var trajectory in ledger.TrajectoriesAsync(played, ct))
            {
                var judged = verdicts?.GetValueOrDefault(trajectory.Trajectory);
                var verdict = verdicts is null ? Verdict.Accepted : judged?.Verdict ?? Verdict.Unusable;
                var withdrawn = withdrawals.Exists(w => w.Covers(trajectory) || (judged is not null && w.Covers(judged)));
                var task = TaskId.Parse(trajectory.Task);
                var isPlayed = !withdrawn && trajectory.Outcome != EpisodeOutcome.Failed && verdict != Verdict.Unusable;
                foreach (var role in RolesOf(task, work.Role))
                {
                    RecordedTurn[] turns = isPlayed ? [.. subjects.Decrypt(trajectory).Turns.Where(turn => turn.Role == role)] : [];
                    var usable = isPlayed && (role is null || turns.Length > 0);
                    var tokens = usable ? await TokensAsync(trajectory, role, turns, tokenised, shards, ct) : new(trajectory.Task, trajectory.Sample, [], []);
                    if (usable && work.Demonstrations?.InvalidWeight is { } weight)
                        tokens = InvalidTurns.Weighted(tokens, turns, weight);
                    if (usable && verdict == Verdict.Rejected && work.Demonstrations?.Failures == DemonstrationOptions.Marked)
                        tokens = tokenised.Marked(tokens);
                    found.Add(new(trajectory.Trajectory, index, source.SuccessesOnly, task, trajectory.Sample, usable, verdict == Verdict.Accepted, trajectory.Succeeded(), trajectory.Reward ?? 0, tokens, withdrawn, trajectory.Subject, role));
                }
            }
        }
        return (found, tokenised.Context);
    }

    /// <summary>Whose sequences of a trajectory are learned: all roles', one role's, or where there is one agent its own.</summary>
    /// <exception cref="FormatException">The trajectory's environment has no such role.</exception>
    private static IEnumerable<string?> RolesOf(TaskId task, string? wanted)
    {
        var roles = Catalogue.RolesOf(task.Environment);
        return wanted is null ? roles.DefaultIfEmpty<string?>(null)
            : roles.Contains(wanted) ? [wanted]
            : throw new FormatException($"The data set asks for the role '{wanted}', and {task.Environment} has {(roles.Count == 0 ? "one agent and no roles" : $"the roles {string.Join(", ", roles)}")}.");
    }

    /// <summary>What people said of two trajectories each, and whether one of them was withdrawn.</summary>
    public async Task<List<(PairCompared Pair, bool Withdrawn)>> ComparedAsync(DatasetWork work, CancellationToken ct)
    {
        var withdrawals = await ledger.WithdrawalsAsync(work.Without ?? [], ct);
        var compared = new List<(PairCompared, bool)>();
        if (work.Comparison is { } comparison)
            await foreach (var @event in ledger.ReadStreamAsync(comparison.VerdictStream(0), ct: ct))
                if (@event.Data is PairCompared pair)
                    compared.Add((pair, withdrawals.Exists(w => w.Covers(pair))));
        return compared;
    }

    private static async Task<TokenSequence> TokensAsync(TrajectoryRecorded trajectory, string? role, IReadOnlyList<RecordedTurn> turns, Tokenised tokenised, ShardTokens shards, CancellationToken ct)
    {
        if (trajectory.TokensOf(role) is not { } slice)
            return tokenised.Of(trajectory.Task, trajectory.Sample, turns);
        var sampled = await shards.ReadAsync(slice, trajectory.Subject, ct);
        return new(trajectory.Task, trajectory.Sample, sampled.Ids, sampled.Trained);
    }
}
