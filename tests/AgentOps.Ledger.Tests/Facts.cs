using AgentOps.Contracts;

namespace AgentOps.Ledger.Tests;

/// <summary>Small events of these tests' own.</summary>
public sealed record Noted(string Text) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [];

    public IReadOnlyList<Reference> Outputs => [];
}

public sealed record Counted(int Number) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [];

    public IReadOnlyList<Reference> Outputs => [];
}

public sealed record Leased(string Holder) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [];

    public IReadOnlyList<Reference> Outputs => [];
}

/// <summary>An event of a category that another service owns.</summary>
public sealed record Reviewed(string Text) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [];

    public IReadOnlyList<Reference> Outputs => [];
}

public static class Facts
{
    public static readonly EventRegistry Registry = new(
        EventType.Of<Noted>("training.noted.v1"),
        EventType.Of<Counted>("training.counted.v1"),
        EventType.Of<Leased>("training.leased.v1"),
        EventType.Of<Reviewed>("review.noted.v1"));

    public static readonly EventContext Tester = new("tester");

    public static StreamWrite Write(string stream, Expected expected, params IEnumerable<IEvent> events) =>
        new(stream, expected, [.. events.Select(e => new NewEvent(Guid.CreateVersion7(), e))]);
}
