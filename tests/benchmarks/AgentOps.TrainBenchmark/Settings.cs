using System.Globalization;

namespace AgentOps.TrainBenchmark;

/// <summary>What is measured; every setting is a word of the command line, such as <c>--pairs 7</c>.</summary>
internal sealed record Settings
{
    private static readonly string[] Parts = ["python", "packing", "memory"];

    /// <summary>Measurements of each side, in turns.</summary>
    public int Pairs { get; init; } = 5;

    /// <summary>Tokens of one measurement, about: the steps of a method are as many as they fill.</summary>
    public int Tokens { get; init; } = 16_384;

    /// <summary>SFT steps over which live bytes must not grow.</summary>
    public int Steps { get; init; } = 2000;

    public int Threads { get; init; } = 2;

    /// <summary>One part alone; null: all.</summary>
    public string? Only { get; init; }

    public bool Has(string part) => Only is null || Only == part;

    /// <exception cref="ArgumentException">A word is not known or its value is out of range.</exception>
    /// <exception cref="FormatException">A value is not readable.</exception>
    public static Settings Parse(string[] words)
    {
        var settings = new Settings();
        for (var i = 0; i < words.Length; i += 2)
        {
            var value = i + 1 < words.Length ? words[i + 1] : throw new ArgumentException($"'{words[i]}' needs a value.");
            settings = words[i] switch
            {
                "--pairs" => settings with { Pairs = Count(value) },
                "--tokens" => settings with { Tokens = Count(value) },
                "--steps" => settings with { Steps = Count(value) is > 100 and var steps ? steps : throw new ArgumentException("--steps must be more than the 100 that warm up.") },
                "--threads" => settings with { Threads = Count(value) },
                "--only" => settings with { Only = Parts.Contains(value) ? value : throw new ArgumentException($"--only takes {string.Join(", ", Parts)}, not '{value}'.") },
                _ => throw new ArgumentException($"'{words[i]}' is not known: use --pairs, --tokens, --steps, --threads or --only {string.Join("|", Parts)}."),
            };
        }
        return settings;
    }

    private static int Count(string value) => int.Parse(value, CultureInfo.InvariantCulture) is >= 1 and <= 1_000_000 and var count
        ? count
        : throw new ArgumentException($"{value} is out of range: 1 to 1,000,000.");
}
