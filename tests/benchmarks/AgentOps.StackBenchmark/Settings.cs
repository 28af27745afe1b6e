using AgentOps.Benchmarks;

namespace AgentOps.StackBenchmark;

/// <summary>How much is measured; every setting is a word of the command line, such as <c>--samples 500</c>.</summary>
internal sealed record Settings
{
    /// <summary>How long the stack is left alone before it is watched: the first minute after a start still compiles.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long the idle stack is watched.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Appends whose way to a subscriber is timed.</summary>
    public int Samples { get; init; } = 500;

    /// <summary>How long the ledger is appended to without a pause, while it is watched how far the signatures are behind.</summary>
    public TimeSpan Load { get; init; } = TimeSpan.FromSeconds(60);

    /// <exception cref="ArgumentException">A word is not known, or its value is too small.</exception>
    public static Settings Parse(string[] words) => CommandLine.Fold(words, new Settings(), (settings, word, value) => word switch
    {
        "--settle-seconds" => settings with { Settle = TimeSpan.FromSeconds(value) },
        "--idle-seconds" => settings with { Idle = TimeSpan.FromSeconds(value) },
        "--samples" => settings with { Samples = value },
        "--load-seconds" => settings with { Load = TimeSpan.FromSeconds(value) },
        _ => null,
    }, "--settle-seconds, --idle-seconds, --samples and --load-seconds");
}
