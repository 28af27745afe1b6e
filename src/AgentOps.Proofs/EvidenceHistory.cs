namespace AgentOps.Proofs;

/// <summary>Follows a model's own stream, whole from its first event, to a move of an alias, and asks of the move what the policy in force asked: so no approval, and no policy, can be left out of a bundle.</summary>
internal sealed class EvidenceHistory
{
    private readonly Dictionary<int, string> _digests = [];
    private readonly Dictionary<string, List<GatePass>> _passed = [];
    private readonly string _alias;
    private AliasTerms? _terms;
    private (int Version, Consent By)? _proposal;
    private List<Consent> _approvals = [];

    private EvidenceHistory(string alias) => _alias = alias;

    /// <param name="move">The move that the bundle is about.</param>
    /// <param name="stream">The model's stream to that move.</param>
    /// <exception cref="EvidenceRefusedException">An event is missing, or the move is not one that the policy in force allowed.</exception>
    public static AliasDecision Check(EvidenceEvent move, IReadOnlyList<EvidenceEvent> stream)
    {
        var data = move.Read<MoveData>();
        for (var i = 0; i < move.Version; i++)
            if (i >= stream.Count || stream[i].Stream != move.Stream || stream[i].Version != i + 1)
                throw new EvidenceRefusedException($"The bundle does not have event {i + 1} of the stream {move.Stream}: how {data.Model}@{data.Alias} came to version {data.Version} is not whole.");
        if (stream.Count > move.Version)
            throw new EvidenceRefusedException($"Event {stream[move.Version].Position} stands behind the move of {data.Model}@{data.Alias}, and does not belong to it.");
        var history = new EvidenceHistory(data.Alias);
        foreach (var before in stream.SkipLast(1))
            history.Follow(before);
        return history.Decided(move, data);
    }

    private void Follow(EvidenceEvent e)
    {
        switch (e.Type)
        {
            case ModelStream.Registered:
                var registered = e.Read<RegistrationData>();
                _digests[registered.Version] = registered.Digest;
                break;
            case ModelStream.Decided:
                var decided = e.Read<DecisionData>();
                foreach (var candidate in decided.Candidates.Where(candidate => candidate.Passed))
                    (_passed.TryGetValue(candidate.Model, out var before) ? before : _passed[candidate.Model] = []).Add(new(candidate.Findings, e.Time, e.Position, decided.Asked, decided.Evidence is [.., var evidence] ? evidence : null, e.Member("alias")));
                break;
            case ModelStream.Approved when e.Member("alias") == _alias:
                var approval = e.Read<ApprovalData>();
                _approvals.Add(new(approval.ApprovedBy, e.Time, e.Position, approval.Reason));
                break;
            case ModelStream.PolicySet or ModelStream.Proposed or ModelStream.Rejected or ModelStream.Moved when e.Member("alias") == _alias:
                // What was proposed before is over.
                (_proposal, _approvals) = (null, []);
                Begin(e);
                break;
        }
    }

    private void Begin(EvidenceEvent e)
    {
        if (e.Type == ModelStream.PolicySet && e.Read<PolicySetData>() is var set)
            _terms = new(set.Policy.Movers, set.Policy.PassedGate, set.Policy.Approvals, set.SetBy, e.Time, e.Position, set.Policy.Gate);
        else if (e.Type == ModelStream.Proposed && e.Read<ProposalData>() is var proposed)
            _proposal = (proposed.Version, new(proposed.ProposedBy, e.Time, e.Position, proposed.Reason));
    }

    private AliasDecision Decided(EvidenceEvent move, MoveData data)
    {
        var gate = GatePass.Behind(_passed.GetValueOrDefault(_digests[data.Version], []), _alias, data.Evidence, _terms?.Gate);
        if (Refusal(data, gate) is { } refusal)
            throw new EvidenceRefusedException($"{data.Model}@{data.Alias} was moved to version {data.Version} by event {move.Position}, {refusal}.");
        var approved = _approvals.Count > 0;
        return new(data.Model, data.Alias, data.Version, data.Previous, data.MovedBy, move.Time, move.Position, data.Evidence, data.Reason, _terms, data.Evidence is null ? null : gate, approved ? _proposal?.By : null, _approvals);
    }

    private string? Refusal(MoveData move, GatePass? gate)
    {
        string[] approvers = [.. _approvals.Select(approval => approval.By).Where(by => by != _proposal?.By.By).Distinct()];
        return _terms switch
        {
            _ when !approvers.SequenceEqual(move.ApprovedBy ?? []) => $"which names as approvers {Named(move.ApprovedBy ?? [])}, and {Named(approvers)} approved",
            { Movers: { } movers } when !movers.Contains(move.MovedBy) => $"by {move.MovedBy}, and its policy names {Named(movers)}",
            { PassedGate: true, Gate: var question } when gate is null => $"and its policy asked for a version that a gate had let pass{(question is null ? "" : $" which had asked {question}")}, which none had",
            { Approvals: > 0 and var asked } when approvers.Length < asked => $"and its policy asked for {asked} approvals of that by others, and {approvers.Length} were given",
            { Approvals: > 0 and var asked } when _proposal?.Version != move.Version => $"and its policy asked for {asked} approvals of that by others, and none of them is of it",
            _ => null,
        };
    }

    private static string Named(IReadOnlyList<string> people) => people.Count == 0 ? "nobody" : string.Join(", ", people);
}
