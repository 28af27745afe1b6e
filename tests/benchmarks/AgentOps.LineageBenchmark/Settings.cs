namespace AgentOps.LineageBenchmark;

/// <summary>How much is measured; every setting is a word of the command line, such as <c>--times 200</c>.</summary>
internal sealed record Settings
{
    /// <summary>Events of the smaller ledger; the larger one has ten times as many.</summary>
    public int Events { get; init; } = 100_000;

    /// <summary>How often each question is asked.</summary>
    public int Times { get; init; } = 200;

    /// <summary>Trajectories behind the model that the smaller ledger has.</summary>
    public int Small => Events * 2 / 5;

    /// <summary>Trajectories behind the model that the larger ledger has besides.</summary>
    public int Large => Events;

    /// <exception cref="ArgumentException">A word is not known, or its value is too small.</exception>
    public static Settings Parse(string[] words)
    {
        var settings = new Settings();
        for (var i = 0; i < words.Length; i += 2)
        {
            var value = i + 1 < words.Length ? words[i + 1] : throw new ArgumentException($"'{words[i]}' needs a value.");
            settings = words[i] switch
            {
                "--events" => settings with { Events = AtLeast(10_000, value, words[i]) },
                "--times" => settings with { Times = AtLeast(20, value, words[i]) },
                _ => throw new ArgumentException($"'{words[i]}' is not a setting of this program: there are --events and --times."),
            };
        }
        return settings;
    }

    private static int AtLeast(int least, string value, string word) =>
        int.TryParse(value, out var number) && number >= least ? number : throw new ArgumentException($"{word} must be a number of at least {least}, not '{value}'.");
}
