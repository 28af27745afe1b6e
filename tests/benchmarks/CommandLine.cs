namespace AgentOps.Benchmarks;

/// <summary>How every benchmark takes its settings.</summary>
internal static class CommandLine
{
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
