namespace AgentOps.Benchmarks;

/// <summary>How every benchmark takes its settings.</summary>
internal static class CommandLine
{
    /// <summary>Takes the words two by two, a setting's name and its value.</summary>
    /// <param name="set">The settings with one of them taken; null where it is no setting.</param>
    /// <param name="names">What there is, for the refusal.</param>
    /// <exception cref="ArgumentException">A name is not known or has no value, or a value is too small.</exception>
    public static T Fold<T>(string[] words, T settings, Func<T, string, int, T?> set, string names) where T : class
    {
        for (var i = 0; i < words.Length; i += 2)
        {
            var value = i + 1 < words.Length ? int.Parse(words[i + 1]) : throw new ArgumentException($"'{words[i]}' needs a value.");
            if (value < 1)
                throw new ArgumentException($"{words[i]} must be at least 1.");
            settings = set(settings, words[i], value) ?? throw new ArgumentException($"'{words[i]}' is not a setting of this program: there are {names}.");
        }
        return settings;
    }

    /// <returns>The settings; null where a word was wrong, which is then said.</returns>
    public static T? Read<T>(string[] words, Func<string[], T> parse) where T : class
    {
        try
        {
            return parse(words);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            Console.Error.WriteLine(e.Message);
            return null;
        }
    }
}
