using AgentOps.Contracts;

namespace AgentOps.Exports;

/// <summary>What people decided about a version: a move of an alias was informed by its proposal and its approvals, and what came of it is attributed to all who took part. The gate is software.</summary>
internal static class ProvDecisions
{
    public static void Write(ProvRecords document, IReadOnlyList<Fact> facts)
    {
        var consents = facts.Where(fact => fact.Data is AliasMoveProposed or AliasMoveApproved).Select(fact => (fact.Stream, Activity: ProvJson.Registry(document, fact, Why(fact.Data)))).ToList();
        foreach (var (fact, moved) in facts.Of<AliasMoved>())
        {
            var activity = ProvJson.Registry(document, fact, Why(moved));
            foreach (var consent in consents.Where(consent => consent.Stream == fact.Stream))
                document.Informed(activity, consent.Activity);
            foreach (var person in (string[])[moved.MovedBy, .. moved.ApprovedBy ?? []])
                document.Attributed(moved.Outputs[0], document.Person(person));
        }
        foreach (var (fact, activated) in facts.Of<DeploymentActivated>())
        {
            var activity = ProvJson.Registry(document, fact, Why(activated));
            if (activated.Alias is { } alias)
                document.Used(activity, ModelEvents.AliasOf(activated.Model, alias), fact.At);
            document.Attributed(activated.Outputs[0], document.Person(activated.ActivatedBy));
        }
    }

    private static (string, object?) Why(IEvent decided) => ("ao:reason", decided switch
    {
        AliasMoveProposed e => e.Reason,
        AliasMoveApproved e => e.Reason,
        AliasMoved e => e.Reason,
        DeploymentActivated e => e.Reason,
        _ => null,
    });
}
