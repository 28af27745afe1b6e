using AgentOps.Contracts;

namespace AgentOps.Registry;

/// <summary>One thing that was taken back, and, of a person's data, whether its key goes as well.</summary>
public sealed record Withdrawal(bool ToErase = false, bool Erased = false)
{
    public static Withdrawal Evolve(Withdrawal? state, IEvent @event) => @event switch
    {
        ErasureRequested => state! with { ToErase = true },
        ErasureCompleted => state! with { Erased = true },
        _ => state ?? new(),
    };

    /// <summary>What is withdrawn and erased already stays as it is.</summary>
    public static IReadOnlyList<IEvent> Make(Withdrawal? state, Withdrawn made, bool erase) =>
    [
        .. state is null ? [made] : Array.Empty<IEvent>(),
        .. erase && state is not { ToErase: true } ? [new ErasureRequested(made.Withdrawal, made.Subject.Id, made.Reason, made.WithdrawnBy)] : Array.Empty<IEvent>(),
    ];

    public static IReadOnlyList<IEvent> Complete(Withdrawal? state, ErasureRequested request) =>
        state is { ToErase: true, Erased: false } ? [new ErasureCompleted(request.Withdrawal, request.Subject)] : [];
}
