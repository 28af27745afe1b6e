using System.Globalization;
using AgentOps.Contracts;

namespace AgentOps.Evaluator;

/// <summary>One evaluation: its policies are asked for at once and reported on when the last one has played.</summary>
public sealed record Evaluation(EvaluationId Id, StepKey Step, EvaluateWork Work, bool Answered)
{
    public static Evaluation Evolve(Evaluation? state, IEvent @event) => @event switch
    {
        EvaluationPlanned planned => new(planned.Evaluation, planned.Step, planned.Work, Answered: false),
        EvaluationCompleted or EvaluationFailed => state! with { Answered = true },
        _ => state!,
    };

    /// <summary>A further attempt asks again; Generator answers at once for episodes that are already played.</summary>
    public static IReadOnlyList<IEvent> Start(Evaluation? state, StepKey step, EvaluateWork work)
    {
        if (state is not null && state.Step.Attempt >= step.Attempt)
            return [];
        var id = EvaluationId.Of(step.Run, step.Path);
        return [new EvaluationPlanned(id, step, work), .. work.Policies.Select(policy => Request(id, step, work, policy))];
    }

    public static IReadOnlyList<IEvent> Report(Evaluation? state, StepKey step, EvaluationReport report)
    {
        if (state is not { Answered: false } || state.Step != step)
            return [];
        if (state.Work.Keep is null)
            return [new EvaluationCompleted(state.Id, step, state.Work, report)];
        return Best.Of(report) is { } kept
            ? [new EvaluationCompleted(state.Id, step, state.Work, report, kept)]
            : [new EvaluationFailed(state.Id, step, string.Create(CultureInfo.InvariantCulture, $"No model can be kept as '{state.Work.Keep}': of {state.Work.Episodes} episodes {Failures(report)} failed, more than {PolicyReport.MostFailed:P0}, and a failed measurement is not a zero. Their reasons stand with the trajectories."))];
    }

    private static string Failures(EvaluationReport report) => string.Join(", ", report.Policies.Where(policy => policy.Policy.Kind == PolicyKind.Model).Select(policy => $"{policy.Failed} of {policy.Name}"));

    public static IReadOnlyList<IEvent> Fail(Evaluation? state, StepKey step, string reason) =>
        state is { Answered: false } && state.Step == step ? [new EvaluationFailed(state.Id, step, FailureReason.Of(reason))] : [];

    public GenerationId GenerationOf(NamedPolicy policy) => GenerationId.Of(Step.Run, Step.Path, policy.Name);

    private static EpisodesRequested Request(EvaluationId id, StepKey step, EvaluateWork work, NamedPolicy policy) =>
        new(id, step, policy.Name, GenerationId.Of(step.Run, step.Path, policy.Name),
            new GenerateWork(work.Environment, policy.Policy, work.Split, work.FirstTask, work.Episodes, Samples: 1, Temperature: 0, work.Seed, work.Subject));
}
