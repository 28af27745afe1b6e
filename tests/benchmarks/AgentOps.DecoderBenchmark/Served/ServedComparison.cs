using AgentOps.Models;
using AgentOps.Models.Decoding;

namespace AgentOps.DecoderBenchmark.Served;

/// <summary>Episodes played through Serving against the same requests to an engine in this process, in turns.</summary>
internal static class ServedComparison
{
    private const double Bar = 0.7;
    private const double PrefillCeiling = 1.2;
    private const int WarmUps = 3;

    public static async Task<IReadOnlyList<Row>> RunAsync(Settings settings, ModelFolder model)
    {
        await using var stack = await ServingStack.StartAsync(settings.Threads);
        await using var engine = new DecodingEngine(DecoderModel.Create(model), new EngineOptions { Threads = settings.Threads });
        var served = new ServingAnswers(stack.Client, await stack.StoreAsync(model));
        var pairs = new List<(Round Served, Round Bare)>();
        for (var round = 0; round < WarmUps + settings.Pairs; round++)
            pairs.Add(await PairAsync(settings, served, engine, round));
        return Rows(settings, [.. pairs.Skip(WarmUps)]);
    }

    // Both sides meet each round's episodes for the first time, the one first in this round, the other in the next.
    private static async Task<(Round Served, Round Bare)> PairAsync(Settings settings, ServingAnswers serving, DecodingEngine engine, int round)
    {
        Task<Round> Serve() => Round.PlayAsync(round, settings.InFlight, serving.AskAsync);
        Task<Round> Decode() => Round.PlayAsync(round, settings.InFlight, (prompt, turn) => EngineAnswers.AskAsync(engine, prompt, turn));
        var before = round % 2 == 0 ? await Serve() : null;
        var bare = await Decode();
        var served = before ?? await Serve();
        served.MustEqual(bare);
        Console.Error.WriteLine($"round {round + 1}: {bare.TokensPerSecond:N0} tokens/s of the bare engine, {served.TokensPerSecond:N0} through Serving");
        return (served, bare);
    }

    private static IReadOnlyList<Row> Rows(Settings settings, IReadOnlyList<(Round Served, Round Bare)> pairs) =>
    [
        new($"Serving against the bare engine, {settings.InFlight} episodes in flight", [.. pairs.Select(p => p.Bare.TokensPerSecond)], [.. pairs.Select(p => p.Served.TokensPerSecond)], Bar),
        new("prompt tokens that Serving computed against tokens of the final transcripts",
            [.. pairs.Select(p => (double)p.Served.Episodes.Sum(e => e.Length))], [.. pairs.Select(p => (double)p.Served.Episodes.Sum(e => e.Computed))], PrefillCeiling, IsCeiling: true),
    ];
}
