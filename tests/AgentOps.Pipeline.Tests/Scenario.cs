using AgentOps.Contracts;

namespace AgentOps.Pipeline.Tests;

/// <summary>Given facts, when a message comes, then these facts follow.</summary>
internal sealed class Scenario
{
    private readonly List<IEvent> _facts = [];

    public PipelineRun? State { get; private set; }

    public AwaitedStep Awaited => State?.Awaited ?? throw new InvalidOperationException("The run waits for no step.");

    public static Scenario Given(params IEnumerable<IEvent> facts)
    {
        var scenario = new Scenario();
        scenario.Add(facts);
        return scenario;
    }

    /// <summary>A submitted run of the small pipeline whose steps before this path have succeeded.</summary>
    public static Scenario RunAt(string path, PipelineSpecification? specification = null)
    {
        var scenario = Given();
        scenario.Say(new SubmitRun(Sample.Run, specification ?? Sample.Small, "ada", Sample.Noon));
        while (scenario.Awaited.Key.Path != path)
            scenario.Say(scenario.Success());
        return scenario;
    }

    public Scenario After(Func<Scenario, RunMessage> message)
    {
        Say(message(this));
        return this;
    }

    public IReadOnlyList<IEvent> When(RunMessage message) => PipelineRun.Decide(State, message);

    /// <summary>Whether the message changes nothing here.</summary>
    public void Ignores(RunMessage message) => Assert.Empty(When(message));

    public void Then(RunMessage message, params IEvent[] expected)
    {
        var decided = When(message);
        Assert.Equal(expected.Select(Text), decided.Select(Text));
    }

    public StepSucceeded Success(StepKey? step = null)
    {
        var key = step ?? Awaited.Key;
        return new StepSucceeded(key, Sample.OutputOf(key, Awaited.Work), Sample.Noon);
    }

    public StepRequested Request(StepKey step) => new(step, null, Awaited.Work, Sample.Noon + TimeSpan.FromMinutes(30));

    public static string Text(IEvent fact) => $"{AllEvents.Registry.NameOf(fact)} {System.Text.Encoding.UTF8.GetString(AllEvents.Registry.Write(fact))}";

    private void Say(RunMessage message) => Add(When(message));

    private void Add(IEnumerable<IEvent> facts)
    {
        foreach (var fact in facts)
        {
            _facts.Add(fact);
            State = PipelineRun.Evolve(State, fact);
        }
    }
}
