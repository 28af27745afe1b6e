using AgentOps.Contracts;
using AgentOps.Environments;
using AgentOps.Models;

namespace AgentOps.Learning;

/// <summary>Random strings with places at which the context says what comes next.</summary>
/// <param name="Length">Tokens of a string at most.</param>
/// <param name="Kind">Makes one of the alphabet, that length and random numbers.</param>
public sealed record CopyLesson(int Length, Func<IReadOnlyList<int>, int, Rng, TokenSequence> Kind)
{
    private const int ShortestPeriod = 3;
    private const int LongestList = 12;
    private const int ShortestList = 2;
    private const int LongestBlock = 6;
    private const int ShortestBlock = 2;

    /// <summary>To repeat comes first, since to find builds upon it.</summary>
    public static readonly IReadOnlyList<CopyLesson> All = [new(48, Repeat), new(48, Find), new(96, Find)];

    /// <summary>As many strings as so many tokens hold, at least one.</summary>
    public TokenSequence[] Strings(IReadOnlyList<int> alphabet, int tokens, Rng rng) =>
        [.. Enumerable.Range(0, Math.Max(1, tokens / Length)).Select(_ => Kind(alphabet, Length, rng))];

    /// <summary>
    /// A string that repeats its first 3 tokens, or more up to a third of it. Loss begins one token after the repeat does: nothing tells that a first repeated token is one.
    /// </summary>
    public static TokenSequence Repeat(IReadOnlyList<int> alphabet, int length, Rng rng)
    {
        var period = ShortestPeriod + rng.Below((length / 3) - ShortestPeriod + 1);
        var ids = new int[length];
        for (var i = 0; i < ids.Length; i++)
            ids[i] = i < period ? rng.Pick(alphabet) : ids[i - period];
        return new("repeat", 0, ids, [[period + 1, length - period - 1]]);
    }

    /// <summary>
    /// A list of 2 to 12 tokens, then blocks of 2 to 6, each a user's turn with one token of the list among others that are not in it; the assistant's turn says which, and carries the loss.
    /// A token beside it recurs only when all that are not in the list have been shown.
    /// </summary>
    public static TokenSequence Find(IReadOnlyList<int> alphabet, int length, Rng rng)
    {
        var (list, others) = Split(alphabet, rng);
        List<int> ids = [.. list];
        List<int[]> answers = [];
        var shown = 0;
        for (var block = BlockLength(rng); ids.Count + block + 3 <= length; block = BlockLength(rng))
        {
            var (answer, place) = (rng.Pick(list), rng.Below(block));
            ids.Add(ChatTokens.User);
            ids.AddRange(Enumerable.Range(0, block).Select(i => i == place ? answer : others[shown++ % others.Length]));
            ids.Add(ChatTokens.Assistant);
            answers.Add([ids.Count, 1]);
            ids.Add(answer);
        }
        return new("find", 0, [.. ids], [.. answers]);
    }

    private static int BlockLength(Rng rng) => ShortestBlock + rng.Below(LongestBlock - ShortestBlock + 1);

    private static (int[] List, int[] Others) Split(IReadOnlyList<int> alphabet, Rng rng)
    {
        if (alphabet.Count < 2 * ShortestList)
            throw new ArgumentException($"An alphabet of {alphabet.Count} tokens is too small to be asked about: give at least {2 * ShortestList}.", nameof(alphabet));
        var longest = Math.Min(LongestList, alphabet.Count / 2);
        var shuffled = rng.Shuffled(alphabet);
        var length = ShortestList + rng.Below(longest - ShortestList + 1);
        return (shuffled[..length], shuffled[length..]);
    }
}
