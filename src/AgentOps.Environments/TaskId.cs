using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace AgentOps.Environments;

/// <summary>The part of an environment's tasks that one may learn from, choose by, be measured on, or be measured on with content of another kind.</summary>
public enum Split { Train, Dev, Test, Unseen }

/// <summary>One task of an environment, written <c>household/train/17</c>. Everything in the task follows from these three.</summary>
public sealed record TaskId
{
    /// <param name="environment">A name of the <see cref="Catalogue"/>.</param>
    /// <param name="split">The split that the task belongs to.</param>
    /// <param name="index">Zero or above; every index is a task.</param>
    /// <exception cref="ArgumentException">The name is not kebab-case, the split is not one of the four, or the index is negative or above 2^61.</exception>
    public TaskId(string environment, Split split, long index)
    {
        if (!IsName(environment))
            throw new ArgumentException($"'{ActionText.Excerpt(environment)}' is not an environment's name: expected lower-case letters, digits and single hyphens.", nameof(environment));
        if (!Enum.IsDefined(split))
            throw new ArgumentException($"{(int)split} is not a split: expected Train, Dev, Test or Unseen.", nameof(split));
        if (index is < 0 or > Seed.LastIndex)
            throw new ArgumentException($"A task's index lies between 0 and {Seed.LastIndex}, not at {index}.", nameof(index));
        (Environment, Split, Index) = (environment, split, index);
    }

    public string Environment { get; }

    public Split Split { get; }

    public long Index { get; }

    /// <exception cref="FormatException">The text is not environment/split/index.</exception>
    public static TaskId Parse(string text) => TryParse(text, out var task)
        ? task
        : throw new FormatException($"'{ActionText.Excerpt(text)}' is not a task: expected environment/split/index, such as household/train/17, with a split of train, dev, test or unseen.");

    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out TaskId? task)
    {
        task = null;
        if (text?.Split('/') is not [var name, var word, var number] || !IsName(name))
            return false;
        Split? split = word switch { "train" => Split.Train, "dev" => Split.Dev, "test" => Split.Test, "unseen" => Split.Unseen, _ => null };
        if (split is null || !long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var index) || index > Seed.LastIndex)
            return false;
        task = new(name, split.Value, index);
        return true;
    }

    public override string ToString() => $"{Environment}/{Split.ToString().ToLowerInvariant()}/{Index}";

    internal static bool IsName([NotNullWhen(true)] string? text) =>
        text is { Length: > 0 and <= 64 } && text[0] != '-' && text[^1] != '-' && !text.Contains("--", StringComparison.Ordinal)
        && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
}
