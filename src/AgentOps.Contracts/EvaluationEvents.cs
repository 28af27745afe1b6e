using System.Text.Json.Serialization;

namespace AgentOps.Contracts;

/// <summary>Evaluator's facts: the episodes asked for and the report with its intervals.</summary>
public static class EvaluationEvents
{
    public static readonly IReadOnlyList<EventType> All =
    [
        EventType.Of<EvaluationPlanned>("evaluation.planned.v1"),
        EventType.Of<EpisodesRequested>("evaluation.episodes-requested.v1"),
        EventType.Of<EvaluationCompleted>("evaluation.completed.v1"),
        EventType.Of<EvaluationFailed>("evaluation.failed.v1"),
    ];
}

public sealed record EvaluationPlanned(EvaluationId Evaluation, StepKey Step, EvaluateWork Work) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [Reference.To(ReferenceKind.Run, Step.Run)];

    public IReadOnlyList<Reference> Outputs => [Reference.To(ReferenceKind.Evaluation, Evaluation)];
}

/// <summary>Asks Generator to play one policy's episodes.</summary>
public sealed record EpisodesRequested(EvaluationId Evaluation, StepKey Step, string Policy, GenerationId Generation, GenerateWork Work) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [Reference.To(ReferenceKind.Evaluation, Evaluation)];

    public IReadOnlyList<Reference> Outputs => [];
}

/// <summary>A share with its 95 % Wilson score interval.</summary>
public sealed record Proportion(int Successes, int Of, double Rate, double Low, double High);

/// <param name="Success">Successes over the episodes that completed (scored or truncated).</param>
/// <param name="SuccessOfAll">Successes over all episodes asked for, failed ones included.</param>
/// <param name="InvalidActionRate">Invalid actions over all actions.</param>
/// <param name="ByTaskType">Success over completed episodes for each task type.</param>
public sealed record PolicyReport(
    string Name,
    PolicyReference Policy,
    GenerationId Generation,
    int Episodes,
    int Scored,
    int Truncated,
    int Failed,
    Proportion Success,
    Proportion SuccessOfAll,
    double MeanTurns,
    double InvalidActionRate,
    IReadOnlyDictionary<string, Proportion> ByTaskType)
{
    /// <summary>Of the episodes: where more than this share failed, too little was measured to decide by.</summary>
    public const double MostFailed = 0.05;

    /// <summary>Whether a decision may rest on this report.</summary>
    [JsonIgnore]
    public bool Measured => Failed <= MostFailed * Episodes;
}

/// <summary>Two policies on the tasks that both completed.</summary>
/// <param name="OnlyA">Tasks that A solved and B did not.</param>
/// <param name="P">Two-sided p of the exact McNemar test.</param>
public sealed record PairedComparison(string A, string B, int Both, int OnlyA, int OnlyB, int Neither, double P);

public sealed record EvaluationReport(IReadOnlyList<PolicyReport> Policies, IReadOnlyList<PairedComparison> Pairs);

/// <param name="Kept">The model that goes on as <see cref="EvaluateWork.Keep"/>; null where none was to be chosen.</param>
public sealed record EvaluationCompleted(EvaluationId Evaluation, StepKey Step, EvaluateWork Work, EvaluationReport Report, NamedPolicy? Kept = null) : IEvent
{
    public IReadOnlyList<Reference> Inputs =>
    [
        .. Report.Policies.Select(p => Reference.To(ReferenceKind.Generation, p.Generation)),
        .. Work.Policies.SelectMany(p => Policies.Of(p.Policy)).Distinct(),
    ];

    public IReadOnlyList<Reference> Outputs => [Reference.To(ReferenceKind.Evaluation, Evaluation)];
}

public sealed record EvaluationFailed(EvaluationId Evaluation, StepKey Step, string Reason) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [];

    public IReadOnlyList<Reference> Outputs => [];
}
