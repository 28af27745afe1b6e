using AgentOps.Benchmarks;

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
    public static Settings Parse(string[] words) => CommandLine.Fold(words, new Settings(), (settings, word, value) => word switch
    {
        "--events" => settings with { Events = value },
        "--bytes" => settings with { Bytes = Math.Max(value, 300) },
        "--between" => settings with { Between = value },
        "--repetitions" => settings with { Repetitions = value },
        _ => null,
    }, "--events, --bytes, --between and --repetitions");
}
