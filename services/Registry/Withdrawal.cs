using AgentOps.Contracts;

namespace AgentOps.Registry;

/// <summary>One thing that was taken back, and, of a person's data, whether its key goes as well.</summary>
/// <param name="IsReached">What it reached stands in the ledger.</param>
public sealed record Withdrawal(bool ToErase = false, bool Erased = false, bool IsReached = true)
{
    /// <summary>Names in an event, each of some 80 bytes at most.</summary>
    private const int MostNames = 400;

    public static Withdrawal Evolve(Withdrawal? state, IEvent @event) => @event switch
    {
        Withdrawn withdrawn => new(IsReached: withdrawn.Follows is not true),
        WithdrawalReached => state! with { IsReached = true },
        ErasureRequested => state! with { ToErase = true },
        ErasureCompleted => state! with { Erased = true },
        _ => state ?? new(),
    };

    /// <summary>What is withdrawn already stays as it is.</summary>
    public static IReadOnlyList<IEvent> Make(Withdrawal? state, Withdrawn made) => state is null ? Parts(made) : Reach(state, made);

    /// <summary>That the key is to go, whatever the data has reached: nobody waits for that to be told.</summary>
    public static IReadOnlyList<IEvent> Erase(Withdrawal? state, Withdrawn made) =>
    [
        .. state is null ? [made with { Versions = [], Deployments = [], Decided = null, Follows = true }] : Array.Empty<IEvent>(),
        .. state is not { ToErase: true } ? [new ErasureRequested(made.Withdrawal, made.Subject.Id, made.Reason, made.WithdrawnBy)] : Array.Empty<IEvent>(),
    ];

    public static IReadOnlyList<IEvent> Complete(Withdrawal? state, ErasureRequested request) =>
        state is { ToErase: true, Erased: false } ? [new ErasureCompleted(request.Withdrawal, request.Subject)] : [];

    /// <summary>What was left open when it was made.</summary>
    private static IReadOnlyList<IEvent> Reach(Withdrawal state, Withdrawn made) => state.IsReached ? []
        : [.. Chunks(made).DefaultIfEmpty(new(new([], []), null)).Select(part => new WithdrawalReached(made.Withdrawal, made.Subject, part.Learned, part.Decided))];

    private static IReadOnlyList<IEvent> Parts(Withdrawn made)
    {
        var chunks = Chunks(made).ToList();
        var first = chunks.Count == 0 ? new Part(new([], []), null) : chunks[0];
        return [made with { Versions = first.Learned.Versions, Deployments = first.Learned.Deployments, Decided = first.Decided }, .. chunks.Skip(1).Select(part => new WithdrawalReached(made.Withdrawal, made.Subject, part.Learned, part.Decided))];
    }

    private static IEnumerable<Part> Chunks(Withdrawn made) =>
        made.Versions.Select(name => (Decided: false, Version: true, Name: name)).Concat(made.Deployments.Select(name => (Decided: false, Version: false, Name: name)))
            .Concat((made.Decided?.Versions ?? []).Select(name => (Decided: true, Version: true, Name: name))).Concat((made.Decided?.Deployments ?? []).Select(name => (Decided: true, Version: false, Name: name)))
            .Chunk(MostNames).Select(chunk =>
            {
                IReadOnlyList<string> Of(bool decided, bool version) => [.. chunk.Where(entry => entry.Decided == decided && entry.Version == version).Select(entry => entry.Name)];
                return new Part(new(Of(false, true), Of(false, false)), chunk.Any(entry => entry.Decided) ? new(Of(true, true), Of(true, false)) : null);
            });

    private sealed record Part(Affected Learned, Affected? Decided);
}
