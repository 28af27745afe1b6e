using System.Collections.Concurrent;
using System.Text;

namespace AgentOps.Models;

/// <summary>Byte-level BPE: any text to ids and back without loss. Safe for use by many threads.</summary>
public sealed class BpeTokenizer
{
    private const int MostCachedWords = 1 << 16;
    private const int LongestCachedWord = 64;

    private readonly TokenizerSpec _spec;
    private readonly Dictionary<int, AddedToken> _addedById;
    private readonly AddedTokens _raw;
    private readonly AddedTokens _normalized;
    private readonly AddedTokens _rawText;
    private readonly AddedTokens _normalizedText;
    private readonly BpeMerges _merges;
    private readonly int[] _byteIds = new int[256];
    private readonly byte[]?[] _bytes;
    private readonly ConcurrentDictionary<string, int[]> _cache = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _cacheBySpan;
    private readonly Lazy<ChatTemplate> _chat;
    private int _cached;

    internal BpeTokenizer(TokenizerSpec spec)
    {
        _spec = spec;
        _addedById = spec.Added.ToDictionary(token => token.Id);
        _raw = new(spec.Added.Where(token => !token.Normalized));
        _normalized = new(spec.Added.Where(token => token.Normalized));
        _rawText = new(spec.Added.Where(token => !token.Normalized && !token.Special));
        _normalizedText = new(spec.Added.Where(token => token.Normalized && !token.Special));
        _merges = new(spec.Merges);
        for (var value = 0; value < 256; value++)
            _byteIds[value] = spec.Vocabulary[ByteLevel.CharacterOf((byte)value).ToString()];
        VocabularySize = Math.Max(spec.Vocabulary.Values.Max(), spec.Added.Select(token => token.Id).DefaultIfEmpty(-1).Max()) + 1;
        _bytes = new byte[]?[VocabularySize];
        foreach (var (spelling, id) in spec.Vocabulary)
            _bytes[id] = ByteLevel.Unspell(spelling) ?? Encoding.UTF8.GetBytes(spelling);
        foreach (var token in spec.Added)
            _bytes[token.Id] = Encoding.UTF8.GetBytes(token.Content);
        _cacheBySpan = _cache.GetAlternateLookup<ReadOnlySpan<char>>();
        _chat = new(() => ChatTemplate.Of(this));
    }

    /// <summary>How it writes a conversation.</summary>
    /// <exception cref="ModelFormatException">It was made for no chat template that is known here.</exception>
    public ChatTemplate Chat => _chat.Value;

    /// <summary>One more than the highest id.</summary>
    public int VocabularySize { get; }

    /// <summary>Ordered by id.</summary>
    public IReadOnlyList<AddedToken> AddedTokens => _spec.Added;

    /// <summary>Learns a tokenizer from texts. It depends on the texts as a bag, not on their order.</summary>
    /// <param name="vocabularySize">Special tokens, 256 bytes and joined tokens together; fewer come out when no pair stands twice any more.</param>
    /// <param name="specialTokens">They get the ids 0, 1, 2 … and are cut out of the texts.</param>
    /// <exception cref="ArgumentException">The vocabulary has no room for the special tokens and the bytes, or a special token is empty or stands twice.</exception>
    public static BpeTokenizer Train(IEnumerable<string> texts, int vocabularySize, IReadOnlyList<string> specialTokens) =>
        new(BpeTraining.Train(texts, vocabularySize, specialTokens));

    /// <summary>Reads a <c>tokenizer.json</c>.</summary>
    /// <exception cref="ModelFormatException">The file is absent, malformed or asks for what is not supported here.</exception>
    public static BpeTokenizer Load(string path) => Parse(JsonFile.ReadBytes(path), path);

    /// <inheritdoc cref="Load"/>
    /// <param name="name">The file, for messages.</param>
    public static BpeTokenizer Parse(ReadOnlyMemory<byte> json, string name = "tokenizer.json") => new(TokenizerJson.Read(json, name));

    /// <summary>The bytes of <c>tokenizer.json</c>: those it was read from, or the same ones for the same training.</summary>
    public byte[] ToJson() => _spec.Source ?? TokenizerJson.Write(_spec);

    public void Save(string path) => File.WriteAllBytes(path, ToJson());

    /// <summary>The id of an added token or of a token in its byte-level spelling; null when there is none.</summary>
    public int? IdOf(string token) => _spec.Added.FirstOrDefault(added => added.Content == token) is { } found ? found.Id
        : _spec.Vocabulary.TryGetValue(token, out var id) ? id : null;

    /// <summary>The UTF-8 bytes that an id stands for, perhaps only a part of a character; none for an id that the vocabulary leaves free.</summary>
    public ReadOnlySpan<byte> BytesOf(int id) => (uint)id < (uint)_bytes.Length ? _bytes[id] : default(ReadOnlySpan<byte>);

    public bool IsSpecial(int id) => _addedById.TryGetValue(id, out var token) && token.Special;

    /// <summary>The ids of a text in which added tokens, special ones too, may be spelled out. Nothing is put in front or behind.</summary>
    /// <exception cref="ModelFormatException">A foreign split pattern takes too long.</exception>
    public int[] Encode(string text) => Encode(text, _raw, _normalized);

    /// <summary>The ids of text from outside: the spelling of a special token in it is only text.</summary>
    /// <exception cref="ModelFormatException">A foreign split pattern takes too long.</exception>
    public int[] EncodeText(string text) => Encode(text, _rawText, _normalizedText);

    /// <summary>The text of the ids; bytes that are no UTF-8 become U+FFFD. For ids that still arrive see <see cref="TokenStream"/>.</summary>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecial = false)
    {
        var bytes = new List<byte>(ids.Length * 4);
        foreach (var id in ids)
            if (!skipSpecial || !IsSpecial(id))
                bytes.AddRange(BytesOf(id));
        return Encoding.UTF8.GetString([.. bytes]);
    }

    private int[] Encode(string text, AddedTokens raw, AddedTokens normalized)
    {
        var ids = new List<int>(text.Length / 3 + 1);
        foreach (var (piece, token) in raw.Cut(text))
            if (token is not null)
                ids.Add(token.Id);
            else
                foreach (var (inner, innerToken) in normalized.Cut(_spec.Normalize(piece)))
                    if (innerToken is not null)
                        ids.Add(innerToken.Id);
                    else
                        _spec.PreTokenizer.Split(inner, word => ids.AddRange(EncodeWord(word)));
        return [.. ids];
    }

    private int[] EncodeWord(ReadOnlySpan<char> word)
    {
        if (_cacheBySpan.TryGetValue(word, out var known))
            return known;
        var ids = Join(word);
        if (word.Length <= LongestCachedWord && Volatile.Read(ref _cached) < MostCachedWords && _cacheBySpan.TryAdd(word, ids))
            Interlocked.Increment(ref _cached);
        return ids;
    }

    private int[] Join(ReadOnlySpan<char> word)
    {
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(word.Length)];
        var used = bytes.AsSpan(0, Encoding.UTF8.GetBytes(word, bytes));
        if (_spec.IgnoreMerges && _spec.Vocabulary.TryGetValue(ByteLevel.Spell(used), out var whole))
            return [whole];
        var symbols = new List<int>(used.Length);
        foreach (var value in used)
            symbols.Add(_byteIds[value]);
        return _merges.Apply(symbols);
    }
}
