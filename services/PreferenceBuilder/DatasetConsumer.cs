using System.Text.Json;
using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using AgentOps.Subjects;

namespace AgentOps.PreferenceBuilder;

/// <summary>Builds the data set that a step asks for; an empty one is a failure with its balance sheet, never a silent success.</summary>
public sealed class DatasetConsumer(LedgerStore ledger, ArtifactStore artifacts, Candidates candidates, SubjectKeys subjects) : IEventConsumer
{
    public async Task HandleAsync(StoredEvent stored, CancellationToken ct)
    {
        if (stored.Data is not StepRequested { Work: DatasetWork work } requested)
            return;
        var id = DatasetId.Of(requested.Step.Run, requested.Step.Path);
        IEvent outcome;
        try
        {
            outcome = await BuildAsync(id, requested.Step, work, ct);
        }
        catch (Exception refused) when (refused is ArtifactMissingException or ArtifactCorruptException or ArtifactStoreFullException or Models.ModelFormatException or FormatException or SubjectUnreadableException)
        {
            outcome = new DatasetFailed(id, requested.Step, FailureReason.Of(refused.Message), null);
        }
        await ledger.HandleAsync<Dataset>(id.Stream(), Dataset.Evolve,
            state => state?.Answered.Contains(requested.Step.Attempt) == true ? [] : [outcome], stored.Causes(Topology.PreferenceBuilder), ct);
    }

    private async Task<IEvent> BuildAsync(DatasetId id, StepKey step, DatasetWork work, CancellationToken ct)
    {
        var (all, context) = await candidates.CollectAsync(work, ct);
        var found = all.FindAll(candidate => !candidate.Withdrawn);
        var owners = found.Where(candidate => candidate.Subject is not null).DistinctBy(candidate => candidate.Trajectory).ToDictionary(candidate => candidate.Trajectory, candidate => candidate.Subject!);
        switch (work.Strategy)
        {
            case "sft":
                var (samples, balance) = Demonstrations.Build(found, context, withFailures: work.Demonstrations?.Failures == DemonstrationOptions.Marked);
                return await StoreAsync(id, step, work, DatasetKind.Demonstrations, samples, sample => sample.Ids.Length, Sheet(balance), owners, ct);
            case PairStep.Contrast or PairStep.OfSteps or PairStep.Both:
                var (pairs, fates) = Pairs.Build(work.Strategy, found, context, work.Steps ?? new());
                return await StoreAsync(id, step, work, DatasetKind.Preferences, pairs, pair => pair.Chosen.Ids.Length + pair.Rejected.Ids.Length, Sheet(fates.Sheet()), owners, ct);
            case PairStep.People:
                var (preferred, said) = PeoplePairs.Build(all, await candidates.ComparedAsync(work, ct), context, work.Without is not null);
                return await StoreAsync(id, step, work, DatasetKind.Preferences, preferred, pair => pair.Chosen.Ids.Length + pair.Rejected.Ids.Length, said, owners, ct);
            case "labelled":
                var (labelled, labels) = LabelledTrajectories.Build(found, context);
                return labelled.Count > 0 && LabelledTrajectories.Lacks(labelled) is { } lack
                    ? new DatasetFailed(id, step, lack, Sheet(labels))
                    : await StoreAsync(id, step, work, DatasetKind.Labelled, labelled, sample => sample.Sequence.Ids.Length, Sheet(labels), owners, ct);
            default:
                return new DatasetFailed(id, step, $"There is no strategy '{work.Strategy}'; there are sft, contrast, steps, both, people and labelled.", null);
        }

        BalanceSheet Sheet(BalanceSheet sheet) => work.Without is null ? sheet : (sheet with { In = all.Count, Withdrawn = all.Count - found.Count }).Closed();
    }

    private async Task<IEvent> StoreAsync<T>(DatasetId id, StepKey step, DatasetWork work, DatasetKind kind, List<DataLine<T>> lines, Func<T, int> tokens, BalanceSheet balance, Dictionary<TrajectoryId, string> owners, CancellationToken ct)
    {
        if (lines.Count == 0)
            return new DatasetFailed(id, step, $"The data set is empty: of {balance.In} {(work.Comparison is null ? "trajectories or roles of them" : "compared pairs")} {balance.Filtered} were not accepted, {balance.Tied} tied, {balance.Duplicate} duplicate, {balance.TooLong} too long, {balance.Failed} failed, {balance.Withdrawn ?? 0} withdrawn.", balance);
        var content = new MemoryStream();
        foreach (var line in lines)
        {
            var plain = JsonSerializer.SerializeToUtf8Bytes(line.Sample, EventRegistry.Json);
            content.Write(subjects.EncryptLine(line.Members.Where(owners.ContainsKey).Select(member => owners[member]), plain));
            content.WriteByte((byte)'\n');
        }
        var data = await artifacts.PutAsync(content.ToArray(), ct);
        var members = MemberList.Of(lines);
        var membership = await artifacts.PutAsync(members.Bytes, ct);
        return new DatasetBuilt(id, step, work, kind, data, membership, lines.Count, lines.Sum(line => (long)tokens(line.Sample)), balance, members.Root);
    }
}
