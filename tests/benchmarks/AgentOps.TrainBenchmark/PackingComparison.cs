using AgentOps.Agents;
using AgentOps.Benchmarks;
using AgentOps.Contracts;
using AgentOps.Environments;
using AgentOps.Learning;
using AgentOps.Models;

namespace AgentOps.TrainBenchmark;

/// <summary>The same steps on the same data, packed and side by side. The data are the household expert's trajectories; a rejected one is the expert's of another task, cut in the middle.</summary>
internal static class PackingComparison
{
    private const int Trajectories = 200;

    public static IReadOnlyList<Row> Run(Settings settings, string folder, Policy policy)
    {
        policy.Save(folder);
        var data = Play(policy.Tokenizer).GetAwaiter().GetResult();
        var pairs = data.Select((chosen, i) => new PreferencePair(chosen, Cut(data[(i + data.Length / 2) % data.Length]))).ToArray();
        var labelled = data.Select((sequence, i) => new LabelledSequence(i % 2 == 0 ? sequence : Cut(sequence), i % 2 == 0)).ToArray();
        var lengths = data.Select(sequence => sequence.Ids.Length).Order().ToArray();
        Console.Error.WriteLine($"{data.Length} trajectories of {lengths[0]} to {lengths[^1]} tokens, half of them of {lengths[lengths.Length / 4]} to {lengths[lengths.Length * 3 / 4]}");
        return
        [
            Row(settings, "sft, 1,536 tokens a step", 1536, packing => Sft.Train(State(folder), data, new(Tokens: null, Epochs: 1000, BatchTokens: 1536, Packing: packing), seed: 1)),
            Row(settings, "sft, 8,192 tokens a step", 8192, packing => Sft.Train(State(folder), data, new(Tokens: null, Epochs: 1000, BatchTokens: 8192, Packing: packing), seed: 1)),
            Row(settings, "dpo, 8,192 tokens a step", 8192, packing => Dpo.Train(State(folder), pairs, new(Epochs: 1000, Packing: packing), seed: 1)),
            Row(settings, "kto, 8,192 tokens a step", 8192, packing => Kto.Train(State(folder), labelled, new(Epochs: 1000, Packing: packing), seed: 1)),
        ];
    }

    private static Row Row(Settings settings, string what, int batchTokens, Func<bool, IEnumerable<StepReport>> train)
    {
        var steps = Math.Max(2, 2 * settings.Tokens / batchTokens);
        using var packed = new Stopwatched(train(true));
        using var padded = new Stopwatched(train(false));
        packed.Run(2);
        padded.Run(2);
        var (ours, other) = (new List<double>(), new List<double>());
        for (var pair = 0; pair < settings.Pairs; pair++)
            foreach (var (training, speeds) in pair % 2 == 0 ? [(packed, ours), (padded, other)] : new[] { (padded, other), (packed, ours) })
                speeds.Add(training.Run(steps).Speed);
        Console.Error.WriteLine($"{what}: packed {ours[^1]:N0} tokens/s, side by side {other[^1]:N0}");
        return new($"{what}, packed against side by side", "tokens/s", other, ours);
    }

    private static TrainingState State(string folder) => new(Policy.Load(folder));

    private static async Task<TokenSequence[]> Play(BpeTokenizer tokenizer)
    {
        var household = Catalogue.Find("household");
        var sequences = new TokenSequence[Trajectories];
        for (var i = 0; i < Trajectories; i++)
        {
            var played = await Episode.PlayAsync(household, new TaskId(household.Name, Split.Train, i), new ExpertPolicy(), seed: 0);
            var encoded = tokenizer.Chat.Encode([.. played.Turns.SelectMany(turn => new[] { ChatMessage.User(turn.Observation), ChatMessage.Assistant(turn.Action) })]);
            sequences[i] = new(played.Task.ToString(), 0, encoded.Ids, encoded.Spans());
        }
        return sequences;
    }

    private static TokenSequence Cut(TokenSequence sequence)
    {
        int[][] kept = [.. sequence.Trained.Take((sequence.Trained.Length + 1) / 2)];
        return sequence with { Ids = sequence.Ids[..(kept[^1][0] + kept[^1][1])], Trained = kept };
    }
}
