using AgentOps.Contracts;

namespace AgentOps.Pipeline.Tests;

/// <summary>One life of a run under a hostile world: every answer may be late, doubled, out of order or wrongly addressed; none but the answers of a dead worker is lost.</summary>
internal sealed class Schedule
{
    private static readonly PipelineSpecification Looping = Sample.Read("""
          - generate: {policy: expert, split: train, episodes: 8}
            attempts: 2
          - repeat:
              times: 2
              steps:
                - generate: {policy: current, split: train, tasks: fresh, episodes: 8}
                - judge: {with: [rules]}
                  attempts: 1
                - train: {method: sft}
        """);

    private readonly Random _random;
    private readonly List<RunMessage> _underway = [];
    private readonly List<IEvent> _facts = [];
    private PipelineRun? _run;

    // How hostile this world is: from one where deadlines wait for the others to one where any message may come first.
    private readonly double _hostility;

    private Schedule(int seed)
    {
        _random = new Random(seed);
        _hostility = _random.NextDouble();
    }

    public static Schedule Of(int seed)
    {
        var schedule = new Schedule(seed);
        schedule.Play(seed % 2 == 0 ? Sample.Small : Looping);
        return schedule;
    }

    public RunStatus End => _run!.Status;

    /// <summary>The property that broke, or null.</summary>
    public string? Violation() => EndsOnce() ?? AnswersItsAttempt() ?? ReplaysToTheSame();

    private void Play(PipelineSpecification specification)
    {
        var submit = new SubmitRun(Sample.Run, specification, "ada", Sample.Noon);
        Deliver(submit);
        if (Chance(0.3))
            _underway.Add(submit);
        for (var cancels = Chance(0.5) ? _random.Next(1, 3) : 0; cancels > 0; cancels--)
            _underway.Insert(_random.Next(_underway.Count + 1), new CancelRun("ada", Sample.Noon + TimeSpan.FromSeconds(_random.Next(60))));
        while (_underway.Count > 0)
        {
            var next = _random.Next(_underway.Count);
            var message = _underway[next];
            if (message is DeadlinePassed && _underway.Exists(m => m is not DeadlinePassed) && Chance(1 - _hostility))
                continue;
            if (!Chance(0.15))
                _underway.RemoveAt(next);
            Deliver(message);
        }
    }

    private void Deliver(RunMessage message)
    {
        foreach (var fact in PipelineRun.Decide(_run, message))
        {
            _facts.Add(fact);
            _run = PipelineRun.Evolve(_run, fact);
            if (fact is StepRequested requested)
                Work(requested);
            else if (fact is RunCancelling cancelling)
                _underway.Add(new GracePassed(cancelling.Grace));
        }
    }

    /// <summary>What a service may answer to one attempt. The sweeper's deadline always comes, if only at last.</summary>
    private void Work(StepRequested requested)
    {
        var now = requested.Deadline - TimeSpan.FromSeconds(1);
        if (Chance(1 - _hostility / 4))
            _underway.Add(new StepSucceeded(requested.Step, OutputOf(requested.Step, requested.Work), now));
        if (Chance(_hostility / 2))
            _underway.Add(new StepFaulted(requested.Step, ReasonOf(requested.Step), Chance(0.9), now));
        if (Chance(_hostility / 5))
            _underway.Add(new StepCancelled(requested.Step, now));
        if (Chance(_hostility / 5))
            _underway.Add(new DeadlinePassed(requested.Step, now));
        _underway.Add(new DeadlinePassed(requested.Step, requested.Deadline));
    }

    private string? EndsOnce()
    {
        var ends = _facts.Count(f => f is RunSucceeded or RunFailed or RunCancelled);
        if (ends != 1)
            return $"the run ended {ends} times";
        return _facts[^1] is RunSucceeded or RunFailed or RunCancelled ? null : $"{_facts[^1].GetType().Name} follows the end";
    }

    private string? AnswersItsAttempt()
    {
        StepRequested? last = null;
        foreach (var fact in _facts)
        {
            var wrong = fact switch
            {
                StepCompleted f => f.Step != last?.Step || f.Output != OutputOf(f.Step, last.Work),
                StepFailed f => f.Step != last?.Step || !IsReasonOf(last, f.Reason),
                _ => false,
            };
            if (wrong)
                return $"{fact} does not answer {last?.Step}";
            last = fact as StepRequested ?? last;
        }

        return null;
    }

    private string? ReplaysToTheSame()
    {
        PipelineRun? replayed = null;
        foreach (var fact in _facts)
            replayed = PipelineRun.Evolve(replayed, AllEvents.Registry.Read(AllEvents.Registry.NameOf(fact), AllEvents.Registry.Write(fact)));
        return Shown(replayed!) == Shown(_run!) ? null : $"live is {Shown(_run!)}, replayed is {Shown(replayed!)}";
    }

    private static string Shown(PipelineRun run) =>
        $"{run.Id} {run.Status} {run.Grace:o} {run.Awaited?.Key} {run.Awaited?.Deadline:o} {string.Join(" ", run.Outputs.OrderBy(o => o.Key, StringComparer.Ordinal).Select(o => $"{o.Key}={o.Value}"))}";

    /// <summary>An output that tells by which attempt it was made.</summary>
    private static StepOutput OutputOf(StepKey step, StepWork work) => Sample.OutputOf(step, work) switch
    {
        ModelOutput => new ModelOutput(Sample.DigestOf(step.ToString())),
        GenerationOutput => new GenerationOutput(new GenerationId(NameBasedGuid.Of(step.ToString()))),
        JudgementOutput => new JudgementOutput(new JudgementId(NameBasedGuid.Of(step.ToString()))),
        DatasetOutput => new DatasetOutput(new DatasetId(NameBasedGuid.Of(step.ToString())), Sample.DigestOf(step.ToString())),
        var other => other,
    };

    private static string ReasonOf(StepKey step) => $"{step} broke";

    private static bool IsReasonOf(StepRequested asked, string reason) =>
        reason == ReasonOf(asked.Step) || reason == $"no answer before the deadline of {asked.Deadline:u}" || reason == "the step was cancelled, though the run was not";

    private bool Chance(double share) => _random.NextDouble() < share;
}
