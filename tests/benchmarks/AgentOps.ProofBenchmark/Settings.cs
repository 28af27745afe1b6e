namespace AgentOps.ProofBenchmark;

/// <summary>How much is measured; every setting is a word of the command line, such as <c>--events 500000</c>.</summary>
internal sealed record Settings
{
    /// <summary>Events of the exported ledger.</summary>
    public int Events { get; init; } = 300_000;

    /// <summary>Bytes of an event's data and meta together.</summary>
    public int Bytes { get; init; } = 1024;

    /// <summary>Events between two checkpoints.</summary>
    public int Between { get; init; } = 1000;

    /// <summary>Verifications after a first one that is not counted.</summary>
    public int Repetitions { get; init; } = 7;

    /// <exception cref="ArgumentException">A word is not known, or its value is too small.</exception>
    public static Settings Parse(string[] words)
    {
        var settings = new Settings();
        for (var i = 0; i < words.Length; i += 2)
        {
            var value = i + 1 < words.Length ? int.Parse(words[i + 1]) : throw new ArgumentException($"'{words[i]}' needs a value.");
            if (value < 1)
                throw new ArgumentException($"{words[i]} must be at least 1.");
            settings = words[i] switch
            {
                "--events" => settings with { Events = value },
                "--bytes" => settings with { Bytes = Math.Max(value, 300) },
                "--between" => settings with { Between = value },
                "--repetitions" => settings with { Repetitions = value },
                _ => throw new ArgumentException($"'{words[i]}' is not a setting of this program: there are --events, --bytes, --between and --repetitions."),
            };
        }
        return settings;
    }
}
