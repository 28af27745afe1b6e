using System.Globalization;

namespace AgentOps.DecoderBenchmark;

/// <summary>What is measured; every setting is a word of the command line, such as <c>--pairs 7</c>.</summary>
internal sealed record Settings
{
    /// <summary>Measurements of each side, in turns.</summary>
    public int Pairs { get; init; } = 5;

    /// <summary>Sequences decoded together, for the bare engine.</summary>
    public int[] Batches { get; init; } = [1, 8, 32];

    /// <summary>Tokens of each prompt of the bare engine.</summary>
    public int Prompt { get; init; } = 128;

    /// <summary>Tokens decoded after each of them.</summary>
    public int Tokens { get; init; } = 128;

    /// <summary>Episodes played at the same time through Serving: as many as a shard of Generator has.</summary>
    public int InFlight { get; init; } = 50;

    public int Threads { get; init; } = 2;

    public bool Bare { get; init; } = true;

    public bool Served { get; init; } = true;

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
                "--batches" => settings with { Batches = [.. value.Split(',').Select(Count)] },
                "--prompt" => settings with { Prompt = Count(value) },
                "--tokens" => settings with { Tokens = Count(value) },
                "--in-flight" => settings with { InFlight = Count(value) },
                "--threads" => settings with { Threads = Count(value) },
                "--only" => settings with { Bare = Only(value) == "bare", Served = value == "served" },
                _ => throw new ArgumentException($"'{words[i]}' is not known: use --pairs, --batches, --prompt, --tokens, --in-flight, --threads or --only bare|served."),
            };
        }
        return settings;
    }

    private static int Count(string value) => int.Parse(value, CultureInfo.InvariantCulture) is >= 1 and <= 1024 and var count
        ? count
        : throw new ArgumentException($"{value} is out of range: 1 to 1024.");

    private static string Only(string value) => value is "bare" or "served" ? value : throw new ArgumentException($"--only takes bare or served, not '{value}'.");
}
