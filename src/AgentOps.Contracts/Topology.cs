namespace AgentOps.Contracts;

/// <summary>A durable queue and the event types that wake it.</summary>
/// <param name="Prefetch">Deliveries in hand at a time; 1 where a delivery is a shard of work.</param>
public sealed record WorkQueue(string Name, int Prefetch, IReadOnlyList<string> EventTypes)
{
    /// <summary>The service that consumes it, which a queue is named after where the service has no other.</summary>
    public string Service { get; init; } = Name;
}

/// <summary>Who is woken by what: all queues of the system, declared before anything is published.</summary>
public static class Topology
{
    public static readonly WorkQueue Pipeline = new("pipeline", 8,
    [
        "training.completed.v1", "training.failed.v1", "training.cancelled.v1",
        "generation.completed.v1", "generation.failed.v1", "generation.cancelled.v1",
        "judgement.completed.v1", "judgement.failed.v1", "judgement.comparison-completed.v1",
        "dataset.built.v1", "dataset.failed.v1",
        "evaluation.completed.v1", "evaluation.failed.v1",
        "model.promotion-decided.v1", "model.promotion-failed.v1",
    ]);

    public static readonly WorkQueue Generator = new("generator", 4, ["step.requested.v1", "evaluation.episodes-requested.v1", "training.iteration-requested.v1", "run.cancelling.v1", "generation.shard-completed.v1"]);

    public static readonly WorkQueue GeneratorShards = new("generator-shards", 1, ["generation.shard-requested.v1"]) { Service = Generator.Name };

    public static readonly WorkQueue Judge = new("judge", 4, ["step.requested.v1", "judgement.shard-completed.v1", "withdrawal.erasure-completed.v1"]);

    public static readonly WorkQueue JudgeShards = new("judge-shards", 1, ["judgement.shard-requested.v1", "review.closed.v1"]) { Service = Judge.Name };

    public static readonly WorkQueue PreferenceBuilder = new("preference-builder", 1, ["step.requested.v1"]);

    public static readonly WorkQueue Trainer = new("trainer", 4, ["step.requested.v1", "training.queued.v1"]);

    public static readonly WorkQueue Evaluator = new("evaluator", 4, ["step.requested.v1", "generation.completed.v1", "generation.failed.v1", "generation.cancelled.v1"]);

    public static readonly WorkQueue Registry = new("registry", 4, ["step.requested.v1"]);

    public static readonly WorkQueue Erasures = new("registry-erasures", 1, ["withdrawal.erasure-requested.v1"]) { Service = Registry.Name };

    public static readonly WorkQueue Deletions = new("registry-deletions", 1, ["deletion.requested.v1"]) { Service = Registry.Name };

    public static readonly WorkQueue Serving = new("serving", 4, ["deployment.activated.v1"]);

    public static readonly IReadOnlyList<WorkQueue> Queues =
        [Pipeline, Generator, GeneratorShards, Judge, JudgeShards, PreferenceBuilder, Trainer, Evaluator, Registry, Erasures, Deletions, Serving];

    /// <summary>Whether any queue is woken by this type; the rest is read from the ledger alone.</summary>
    public static bool Wakes(string eventType) => Woken.Contains(eventType);

    private static readonly HashSet<string> Woken = [.. Queues.SelectMany(q => q.EventTypes)];
}

/// <summary>The one message on the bus: look at this position. It carries no facts.</summary>
public sealed record WakeUp(long Position, Guid EventId, string Type, string Stream);
