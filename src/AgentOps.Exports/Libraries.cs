using AgentOps.Contracts;

namespace AgentOps.Exports;

/// <summary>What the trainings of a lineage ran on, as their events have it.</summary>
internal static class Libraries
{
    public static IEnumerable<(string Name, string Version)> Of(IEnumerable<Fact> facts) =>
        facts.Of<TrainingCompleted>().SelectMany(t => new[] { ("libtorch", t.Event.Machine.Libtorch), ("dotnet", t.Event.Machine.Runtime) }).Distinct();
}
