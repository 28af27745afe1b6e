namespace AgentOps.Contracts.Tests;

public sealed class TopologyTests
{
    [Fact]
    public void Every_queue_waits_only_for_registered_types()
    {
        var registered = AllEvents.Registry.Types.Select(t => t.Name).ToHashSet();

        Assert.All(Topology.Queues.SelectMany(q => q.EventTypes), type => Assert.Contains(type, registered));
    }

    [Fact]
    public void Queue_names_are_unique() =>
        Assert.Equal(Topology.Queues.Count, Topology.Queues.Select(q => q.Name).Distinct().Count());

    [Fact]
    public void A_type_that_no_queue_waits_for_wakes_nobody()
    {
        Assert.True(Topology.Wakes("step.requested.v1"));
        Assert.False(Topology.Wakes("trajectory.recorded.v1"));
    }

    [Fact]
    public void Every_answer_to_a_step_wakes_Pipeline()
    {
        // A service answers a step with an event that carries its key and ends the work: completed, failed, cancelled, built, decided.
        var answers = AllEvents.Registry.Types
            .Where(t => t.Record.GetProperty("Step")?.PropertyType == typeof(StepKey))
            .Select(t => t.Name)
            .Where(name => !name.StartsWith("step.", StringComparison.Ordinal))
            .Where(name => !name.EndsWith("planned.v1", StringComparison.Ordinal) && !name.EndsWith("queued.v1", StringComparison.Ordinal) && !name.EndsWith("requested.v1", StringComparison.Ordinal));

        Assert.All(answers, type => Assert.Contains(type, Topology.Pipeline.EventTypes));
    }
}
