namespace AgentOps.Contracts;

/// <summary>Every event type of the system. Each service reads with this registry; what a service may write is the database's decision.</summary>
public static class AllEvents
{
    public static readonly EventRegistry Registry = new(
    [
        .. RunEvents.All, .. GenerationEvents.All, .. JudgementEvents.All, .. ComparisonEvents.All, .. ReviewEvents.All, .. DatasetEvents.All, .. TrainingEvents.All,
        .. EvaluationEvents.All, .. ModelEvents.All, .. ServingEvents.All, .. AccessEvents.All, .. WithdrawalEvents.All, .. DeletionEvents.All, .. LogEvents.All,
    ]);
}
