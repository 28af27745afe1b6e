using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using Microsoft.AspNetCore.Http;

namespace AgentOps.Registry;

/// <summary>Answers promote steps: verifies the candidates' files, reads the evaluations, and lets the gate decide.</summary>
public sealed class PromotionConsumer(LedgerStore ledger, ArtifactStore artifacts, Withdrawals withdrawals) : IEventConsumer
{
    private const int MostFindings = 20;

    public async Task HandleAsync(StoredEvent stored, CancellationToken ct)
    {
        if (stored.Data is not StepRequested { Work: PromoteWork work } requested)
            return;
        Func<Model?, IReadOnlyList<IEvent>> decide;
        try
        {
            var run = new CancellationWatch(ledger, requested.Step.Run);
            await RefuseEndedAsync(run, requested.Step.Run, ct);
            foreach (var candidate in work.Candidates)
                await artifacts.VerifyFolderAsync(work.ModelOf(candidate), ct);
            var reports = await ReportsAsync(work, ct);
            // To where the ledger is now, and not when the step was asked for: what was withdrawn meanwhile counts.
            await withdrawals.CaughtUpAsync(await ledger.HeadAsync(ct), ct);
            var withdrawn = await withdrawals.FindingsAsync(work, ct);
            var decisions = work.Candidates.Select(candidate => Judged(Gate.Judge(candidate, work, reports), Bounded([.. withdrawn[work.ModelOf(candidate)].Select(finding => finding.Sentence)]))).ToList();
            var learned = withdrawn.SelectMany(of => of.Where(finding => finding.Learned).Select(finding => (Model: of.Key, finding.Withdrawal))).ToLookup(of => of.Model, of => of.Withdrawal);
            var (before, submittedBy) = await WhenSubmittedAsync(work.Model, requested.Step.Run, ct);
            // Verifying large weights takes minutes, and the views may have been waited for.
            await RefuseEndedAsync(run, requested.Step.Run, ct);
            decide = model => Model.Promote(model, requested.Step, work, decisions, before, submittedBy, learned);
        }
        catch (Exception refused) when (refused is ArtifactMissingException or ArtifactCorruptException or ArgumentException
            or ProblemException { Status: StatusCodes.Status409Conflict })
        {
            decide = model => model?.Answered.Contains(requested.Step) == true ? [] : [new PromotionFailed(work.Model, requested.Step, FailureReason.Of(refused.Message))];
        }
        await ledger.HandleAsync(Model.Stream(work.Model), Model.Evolve, decide, stored.Causes(Topology.Registry), ct);
    }

    private static async Task RefuseEndedAsync(CancellationWatch watch, RunId run, CancellationToken ct)
    {
        if (await watch.RequestedAsync(ct))
            throw new ProblemException(StatusCodes.Status409Conflict, "run-ended", $"Run {run} has ended or was cancelled before its promotion was decided: nobody waits for it, and no alias moves.");
    }

    /// <summary>As many as a decision has room for, and how many there are besides.</summary>
    private static IReadOnlyList<string> Bounded(IReadOnlyList<string> findings) =>
        findings.Count <= MostFindings ? findings : [.. findings.Take(MostFindings), $"So do {findings.Count - MostFindings} more."];

    private static (CandidateDecision Decision, double Score) Judged((CandidateDecision Decision, double Score) judged, IReadOnlyList<string> withdrawn) =>
        withdrawn.Count == 0 ? judged : (judged.Decision with { Passed = false, Findings = [.. judged.Decision.Findings, .. withdrawn] }, judged.Score);

    /// <summary>How many events the model's stream had when the run was submitted, and by whom that was.</summary>
    private async Task<(int Length, string SubmittedBy)> WhenSubmittedAsync(string model, RunId run, CancellationToken ct)
    {
        var submitted = await ledger.ReadStreamAsync(run.Stream(), ct: ct).FirstAsync(ct);
        var length = await ledger.ReadStreamAsync(Model.Stream(model), ct: ct).TakeWhile(stored => stored.Position < submitted.Position).CountAsync(ct);
        return (length, ((RunSubmitted)submitted.Data).SubmittedBy);
    }

    private async Task<Dictionary<string, EvaluationReport>> ReportsAsync(PromoteWork work, CancellationToken ct)
    {
        var reports = new Dictionary<string, EvaluationReport>();
        foreach (var (name, evaluation) in work.Evaluations)
            await foreach (var @event in ledger.ReadStreamAsync(evaluation.Stream(), ct: ct))
                if (@event.Data is EvaluationCompleted completed)
                    reports[name] = completed.Report;
        return reports;
    }
}
