using System.Text.Json;
using AgentOps.Contracts;
using AgentOps.Ledger;

namespace AgentOps.LedgerBenchmark;

/// <summary>The event that everything here is measured with, about 1 KB of data and meta: the golden trajectory, as an event and as its bytes.</summary>
internal static class Sample
{
    public const string Type = "trajectory.recorded.v1";
    public const string Service = "generator";

    public static readonly Producer Producer = new(Service, "benchmark");

    public static readonly EventContext Context = new(
        "service:generator",
        Run: Guid.Parse("0197f3a0-1c00-7000-8000-000000000001"),
        Correlation: Guid.Parse("0197f3a0-1c00-7000-8000-000000000002"),
        Causation: Guid.Parse("0197f3a0-1c00-7000-8000-000000000003"));

    public static readonly IEvent Event = AllEvents.Registry.Read(Type, File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, Type + ".json")));

    public static readonly byte[] Data = AllEvents.Registry.Write(Event);

    public static readonly byte[] Meta = JsonSerializer.SerializeToUtf8Bytes(EventMeta.Of(Context, Producer), EventRegistry.Json);

    /// <summary>What stands in the floor's leaf column: as long as a hash, and none.</summary>
    public static readonly byte[] Leaf = new byte[32];

    public static string NewStream() => $"trajectory-{Guid.CreateVersion7()}";
}
