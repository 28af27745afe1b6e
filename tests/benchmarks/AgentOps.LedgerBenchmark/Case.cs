using AgentOps.Benchmarks;

namespace AgentOps.LedgerBenchmark;

/// <summary>One comparison; both sides return events per second.</summary>
/// <param name="Bar">The least median ratio of ledger to floor, or null where it is only reported.</param>
/// <param name="Floor">Gets how long to measure, where the work has no end of its own.</param>
internal sealed record Case(string Name, double? Bar, Func<TimeSpan, Task<double>> Floor, Func<TimeSpan, Task<double>> Ledger);

/// <summary>Floor and ledger in turns, so that what the machine does meanwhile meets both.</summary>
internal sealed record CaseResult(string Name, double? Bar, IReadOnlyList<double> Floor, IReadOnlyList<double> Ledger)
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    public IReadOnlyList<double> Ratios => [.. Ledger.Zip(Floor, (ledger, floor) => ledger / floor)];

    public bool Met => Bar is not { } bar || Median.Of(Ratios) >= bar;

    public static async Task<CaseResult> MeasureAsync(Case measured, Settings settings, Func<Task> prepare)
    {
        await measured.Floor(WarmUp);
        await measured.Ledger(WarmUp);
        var (floor, ledger) = (new List<double>(), new List<double>());
        for (var pair = 0; pair < settings.Pairs; pair++)
        {
            await prepare();
            floor.Add(await measured.Floor(settings.Span));
            await prepare();
            ledger.Add(await measured.Ledger(settings.Span));
            Console.Error.WriteLine($"{measured.Name}, pair {pair + 1}: {floor[^1]:F0} and {ledger[^1]:F0} events/s, {ledger[^1] / floor[^1]:F2}");
        }
        return new(measured.Name, measured.Bar, floor, ledger);
    }
}
