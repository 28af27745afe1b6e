using System.Text.Json;
using AgentOps.Benchmarks;
using AgentOps.Learning;

namespace AgentOps.TrainBenchmark;

/// <summary>A step of ours against the same step in Python, from the same weights on the same batch, in turns.</summary>
internal static class PythonComparison
{
    private const double BarAsItIs = 1.5;
    private const double BarWithOurProduct = 1.1;

    /// <summary>Losses of the same steps may differ by as much: float32 products are added up in other orders.</summary>
    private const double Tolerance = 2e-3;

    public static IReadOnlyList<Row> Run(Settings settings, string folder, Policy policy)
    {
        var model = Path.Combine(folder, "model");
        policy.Save(model);
        var works = Workload.All(settings);
        var asked = Path.Combine(folder, "asked.json");
        File.WriteAllText(asked, JsonSerializer.Serialize(new
        {
            model, settings.Threads,
            works = works.Select(work => new
            {
                work.Method, work.Sequences, work.Rates, work.Old, work.Advantages, Beta = new Dpo.Options().Beta, new Grpo.Options().Clip,
            }),
        }, PythonProcess.Json));
        var product = PreloadedProduct.Compile(folder);
        PythonProcess[] pythons =
        [
            PythonProcess.Start("the environment as it is", asked, _ => { }),
            PythonProcess.Start("without OPENBLAS_*", asked, environment =>
            {
                foreach (var name in environment.Keys.Where(name => name.StartsWith("OPENBLAS_", StringComparison.Ordinal)).ToList())
                    environment.Remove(name);
            }),
            PythonProcess.Start("with our matrix product", asked, environment => environment["LD_PRELOAD"] = product),
        ];
        try
        {
            return [.. works.SelectMany(work => Rows(settings, work, model, pythons))];
        }
        finally
        {
            foreach (var python in pythons)
                python.Dispose();
        }
    }

    private static IEnumerable<Row> Rows(Settings settings, Workload work, string model, PythonProcess[] pythons)
    {
        using var training = new Stopwatched(work.Train(model));
        var first = training.Run(work.Steps);
        foreach (var python in pythons)
            Agree(work, python, first.Losses, python.Run(work.Method, work.Steps).Losses);
        var (ours, theirs) = (new List<double>(), pythons.Select(_ => new List<double>()).ToArray());
        for (var pair = 0; pair < settings.Pairs; pair++)
        {
            if (pair % 2 == 0)
                ours.Add(training.Run(work.Steps).Speed);
            for (var i = 0; i < pythons.Length; i++)
                theirs[i].Add(work.Steps * work.Tokens / pythons[i].Run(work.Method, work.Steps).Seconds);
            if (pair % 2 == 1)
                ours.Add(training.Run(work.Steps).Speed);
            Console.Error.WriteLine($"{work.Method}: ours {ours[^1]:N0} tokens/s, Python {string.Join(", ", theirs.Select(of => $"{of[^1]:N0}"))}");
        }
        double?[] bars = [BarAsItIs, null, BarWithOurProduct];
        return pythons.Select((python, i) => new Row($"{work.Method}, {work.Tokens:N0} tokens a step, Python {python.Environment}", "tokens/s", theirs[i], ours, bars[i]));
    }

    /// <exception cref="InvalidOperationException">The two sides do not compute the same.</exception>
    private static void Agree(Workload work, PythonProcess python, double[] ours, double[] theirs)
    {
        var apart = ours.Zip(theirs, (own, other) => Math.Abs(own - other)).Max();
        Console.Error.WriteLine($"{work.Method}: the losses of {ours.Length} steps are at most {apart:E1} apart, the last {ours[^1]:F4} and {theirs[^1]:F4}");
        if (!(apart <= Tolerance))
            throw new InvalidOperationException($"{work.Method}: ours has the losses {string.Join(", ", ours)} and Python, {python.Environment}, {string.Join(", ", theirs)}: more than {Tolerance} apart, so the two do not do the same and nothing is measured.");
    }
}
