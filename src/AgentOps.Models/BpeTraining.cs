using System.Text;

namespace AgentOps.Models;

/// <summary>
/// Learns which pairs to join. Each time it is the pair that stands most often; of equally frequent ones that with the lower left id, then the lower right id.
/// It ends when the vocabulary is full or no pair stands twice.
/// </summary>
internal sealed class BpeTraining
{
    private const int FewestOccurrences = 2;

    private readonly List<(int[] Symbols, long Count)> _words = [];
    private readonly Dictionary<(int Left, int Right), long> _counts = [];
    private readonly Dictionary<(int Left, int Right), HashSet<int>> _wordsOfPair = [];
    private readonly PriorityQueue<(int Left, int Right), (long Rarity, int Left, int Right)> _queue = new();
    private readonly Dictionary<string, int> _vocabulary = new(StringComparer.Ordinal);
    private readonly List<string> _spellings = [];
    private readonly List<(int Left, int Right, int Joined)> _merges = [];

    public static TokenizerSpec Train(IEnumerable<string> texts, int vocabularySize, IReadOnlyList<string> specialTokens)
    {
        var most = specialTokens.Count + 256;
        if (vocabularySize < most)
            throw new ArgumentException($"A vocabulary of {vocabularySize} has no room for {specialTokens.Count} special tokens and 256 bytes: give it at least {most}.", nameof(vocabularySize));
        AddedToken[] added = [.. specialTokens.Select((content, id) => new AddedToken(id, content, Special: true))];
        var training = new BpeTraining();
        training.AddAlphabet(specialTokens);
        training.Count(texts, new AddedTokens(added));
        training.Run(vocabularySize);
        return new(training._vocabulary, training._merges, added, PreTokenizer.Gpt2);
    }

    private void AddAlphabet(IReadOnlyList<string> specialTokens)
    {
        foreach (var token in specialTokens)
            if (token.Length < 2 || !_vocabulary.TryAdd(token, _vocabulary.Count))
                throw new ArgumentException($"The special token '{token}' is shorter than two characters or stands twice.", nameof(specialTokens));
        for (var value = 0; value < 256; value++)
            _vocabulary.Add(ByteLevel.CharacterOf((byte)value).ToString(), _vocabulary.Count);
        _spellings.AddRange(_vocabulary.OrderBy(entry => entry.Value).Select(entry => entry.Key));
    }

    private void Count(IEnumerable<string> texts, AddedTokens special)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        var bySpan = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var text in texts)
            foreach (var (piece, token) in special.Cut(text))
                if (token is null)
                    PreTokenizer.Gpt2.Split(piece, word => bySpan[word] = bySpan.TryGetValue(word, out var count) ? count + 1 : 1);
        foreach (var (word, count) in counts)
        {
            int[] symbols = [.. Encoding.UTF8.GetBytes(word).Select(value => _vocabulary[ByteLevel.CharacterOf(value).ToString()])];
            _words.Add((symbols, count));
            Change(_words.Count - 1, +1);
        }
        foreach (var pair in _counts.Keys)
            Enqueue(pair);
    }

    private void Run(int vocabularySize)
    {
        while (_vocabulary.Count < vocabularySize && _queue.TryDequeue(out var pair, out var priority))
        {
            var count = _counts.GetValueOrDefault(pair);
            if (count != -priority.Rarity)
                // Its count fell since it was queued; rises are queued at once.
                Enqueue(pair);
            else
                Join(pair);
        }
    }

    private void Join((int Left, int Right) pair)
    {
        var spelling = _spellings[pair.Left] + _spellings[pair.Right];
        if (!_vocabulary.TryGetValue(spelling, out var joined))
        {
            joined = _spellings.Count;
            _vocabulary.Add(spelling, joined);
            _spellings.Add(spelling);
        }
        _merges.Add((pair.Left, pair.Right, joined));
        var touched = new HashSet<(int, int)>();
        foreach (var word in _wordsOfPair[pair].ToArray())
        {
            Change(word, -1);
            _words[word] = (Replace(_words[word].Symbols, pair, joined), _words[word].Count);
            Change(word, +1);
            foreach (var changed in Pairs(_words[word].Symbols))
                if (changed.Left == joined || changed.Right == joined)
                    touched.Add(changed);
        }
        foreach (var changed in touched)
            Enqueue(changed);
    }

    private void Change(int word, int sign)
    {
        foreach (var pair in Pairs(_words[word].Symbols))
        {
            _counts[pair] = _counts.GetValueOrDefault(pair) + sign * _words[word].Count;
            if (!_wordsOfPair.TryGetValue(pair, out var words))
                _wordsOfPair.Add(pair, words = []);
            if (sign > 0)
                words.Add(word);
            else
                words.Remove(word);
        }
    }

    private void Enqueue((int Left, int Right) pair)
    {
        var count = _counts.GetValueOrDefault(pair);
        if (count >= FewestOccurrences)
            _queue.Enqueue(pair, (-count, pair.Left, pair.Right));
    }

    private static IEnumerable<(int Left, int Right)> Pairs(int[] symbols)
    {
        for (var i = 0; i + 1 < symbols.Length; i++)
            yield return (symbols[i], symbols[i + 1]);
    }

    private static int[] Replace(int[] symbols, (int Left, int Right) pair, int joined)
    {
        var replaced = new List<int>(symbols.Length);
        for (var i = 0; i < symbols.Length; i++)
            if (i + 1 < symbols.Length && symbols[i] == pair.Left && symbols[i + 1] == pair.Right)
            {
                replaced.Add(joined);
                i++;
            }
            else
                replaced.Add(symbols[i]);
        return [.. replaced];
    }
}
