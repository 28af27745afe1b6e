namespace AgentOps.Contracts.Tests;

public sealed class EventRegistryTests
{
    private static readonly RunSucceeded Fact = new(new RunId(new Guid("0197f3a0-1c00-7000-8000-000000000001")));

    private sealed record Unregistered : IEvent
    {
        public IReadOnlyList<Reference> Inputs => [];

        public IReadOnlyList<Reference> Outputs => [];
    }

    [Fact]
    public void An_unknown_name_stops_the_reader()
    {
        var thrown = Assert.Throws<UnknownEventException>(() => AllEvents.Registry.Read("run.paused.v1", "{}"u8));

        Assert.Contains("run.paused.v1", thrown.Message);
    }

    [Fact]
    public void An_unregistered_record_cannot_be_written() =>
        Assert.Throws<UnknownEventException>(() => AllEvents.Registry.Write(new Unregistered()));

    [Fact]
    public void A_name_or_record_registered_twice_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new EventRegistry(EventType.Of<RunSucceeded>("a.v1"), EventType.Of<RunFailed>("a.v1")));
        Assert.Throws<ArgumentException>(() => new EventRegistry(EventType.Of<RunSucceeded>("a.v1"), EventType.Of<RunSucceeded>("b.v1")));
    }

    [Fact]
    public void What_is_written_is_read_back_equal() =>
        Assert.Equal(Fact, AllEvents.Registry.Read(AllEvents.Registry.NameOf(Fact), AllEvents.Registry.Write(Fact)));

    [Fact]
    public void A_missing_member_is_refused_and_not_taken_for_zero() =>
        Assert.Throws<System.Text.Json.JsonException>(() => AllEvents.Registry.Read("run.succeeded.v1", """{"inputs":[],"outputs":[]}"""u8));

    [Fact]
    public void Names_are_of_the_permanent_form() =>
        Assert.All(AllEvents.Registry.Types, t => Assert.Matches(@"\A[a-z]+(\.[a-z]+(-[a-z]+)*)+\.v[1-9][0-9]*\z", t.Name));

    [Fact]
    public void What_is_only_written_needs_no_record() =>
        Assert.Equal("""{"position":1,"data":{"path":"base"}}""", System.Text.Json.JsonSerializer.Serialize(new { Position = 1L, Nothing = (string?)null, Data = (object)new { Path = "base" } }, EventRegistry.Json));
}
