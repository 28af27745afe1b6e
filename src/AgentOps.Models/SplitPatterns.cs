using System.Text.RegularExpressions;

namespace AgentOps.Models;

/// <summary>The split regexes of the known tokenizers, compiled with the program; any other one is interpreted. Each match is bounded in time.</summary>
internal static partial class SplitPatterns
{
    public const string Gpt2Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
    public const string QwenPattern = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    public const string Llama3Pattern = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    public const string DigitPattern = @"\p{N}";
    public const string NumberPattern = @"\p{N}+";
    private const int LongestPattern = 2000;
    private const int MostMilliseconds = 2000;

    /// <exception cref="ModelFormatException">The pattern is no regular expression of .NET's, or too long.</exception>
    public static Regex Of(string pattern, string name) => pattern switch
    {
        Gpt2Pattern => Gpt2(),
        QwenPattern => Qwen(),
        Llama3Pattern => Llama3(),
        DigitPattern => Digit(),
        NumberPattern => Number(),
        { Length: > LongestPattern } => throw new ModelFormatException($"{name}: a split pattern has {pattern.Length} characters, more than {LongestPattern}."),
        _ => Interpreted(pattern, name),
    };

    private static Regex Interpreted(string pattern, string name)
    {
        try
        {
            return new(pattern, RegexOptions.CultureInvariant, TimeSpan.FromMilliseconds(MostMilliseconds));
        }
        catch (ArgumentException error)
        {
            throw new ModelFormatException($"{name}: the split pattern '{pattern}' is not supported here: {error.Message}", error);
        }
    }

    [GeneratedRegex(Gpt2Pattern, RegexOptions.CultureInvariant, MostMilliseconds)]
    private static partial Regex Gpt2();

    [GeneratedRegex(QwenPattern, RegexOptions.CultureInvariant, MostMilliseconds)]
    private static partial Regex Qwen();

    [GeneratedRegex(Llama3Pattern, RegexOptions.CultureInvariant, MostMilliseconds)]
    private static partial Regex Llama3();

    [GeneratedRegex(DigitPattern, RegexOptions.CultureInvariant, MostMilliseconds)]
    private static partial Regex Digit();

    [GeneratedRegex(NumberPattern, RegexOptions.CultureInvariant, MostMilliseconds)]
    private static partial Regex Number();
}
