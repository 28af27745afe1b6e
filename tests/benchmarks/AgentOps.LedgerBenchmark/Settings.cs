namespace AgentOps.LedgerBenchmark;

/// <summary>How much is measured; every setting is a word of the command line, such as <c>--pairs 5</c>.</summary>
internal sealed record Settings
{
    /// <summary>Of each case: floor and ledger in turns.</summary>
    public int Pairs { get; init; } = 5;

    /// <summary>How long each half of a pair appends or reads.</summary>
    public TimeSpan Span { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>Events that are read and projected.</summary>
    public int Events { get; init; } = 40_000;

    /// <summary>Measures the cases alone whose name has this in it.</summary>
    public string Only { get; init; } = "";

    /// <exception cref="ArgumentException">A word is not known, or its value is too small.</exception>
    public static Settings Parse(string[] words)
    {
        var settings = new Settings();
        for (var i = 0; i < words.Length; i += 2)
        {
            var value = i + 1 < words.Length ? words[i + 1] : throw new ArgumentException($"'{words[i]}' needs a value.");
            settings = words[i] switch
            {
                "--pairs" => settings with { Pairs = AtLeast(1, value, words[i]) },
                "--seconds" => settings with { Span = TimeSpan.FromSeconds(AtLeast(1, value, words[i])) },
                "--events" => settings with { Events = AtLeast(SeededLedger.StreamEvents, value, words[i]) / SeededLedger.StreamEvents * SeededLedger.StreamEvents },
                "--only" => settings with { Only = value },
                _ => throw new ArgumentException($"'{words[i]}' is not a setting of this program: there are --pairs, --seconds, --events and --only."),
            };
        }
        return settings;
    }

    private static int AtLeast(int least, string value, string word) =>
        int.TryParse(value, out var number) && number >= least ? number : throw new ArgumentException($"{word} must be a number of at least {least}, not '{value}'.");
}
