namespace AgentOps.Models.Tests;

public sealed class When_a_tokenizer_is_trained
{
    private const int Bytes = 256;

    [Fact]
    public void It_joins_the_most_frequent_pair_first()
    {
        // Words: "ab" 3 times, " ab" 2 times, "bc" 3 times ("bcbc" holds it twice in one word).
        // Pairs: (a,b) 5, (b,c) 3, (space,a) 2, (c,b) 1. After a+b: (space,ab) 2; (b,c) 3 goes first, then (bc,bc) 1 stays below two.
        var tokenizer = BpeTokenizer.Train(["ab ab ab", "ab", "ab", "bcbc", "bc"], 1000, []);

        Assert.Equal(["ab", "bc", "Ġab"], Joined(tokenizer));
    }

    [Fact]
    public void Of_equally_frequent_pairs_it_joins_that_with_the_lower_ids()
    {
        // (x,y), (c,d) and (c,b) stand twice each. By left id: c before x; by right id: b before d.
        var tokenizer = BpeTokenizer.Train(["xy", "xy", "cd", "cd", "cb", "cb"], 1000, []);

        Assert.Equal(["cb", "cd", "xy"], Joined(tokenizer));
    }

    [Fact]
    public void A_run_of_one_letter_is_joined_from_the_left()
    {
        // "aaa" twice: (a,a) counts 4. Joined from the left it is aa+a, which stands twice.
        var tokenizer = BpeTokenizer.Train(["aaa", "aaa"], 1000, []);

        Assert.Equal(["aa", "aaa"], Joined(tokenizer));
        // aaaa: both a+a are joined, aa+aa is not known.
        Assert.Equal([Bytes, Bytes], tokenizer.Encode("aaaa"));
    }

    [Fact]
    public void A_pair_that_stands_once_is_not_joined() =>
        Assert.Equal(Bytes, BpeTokenizer.Train(["abcdef"], 1000, []).VocabularySize);

    [Fact]
    public void It_stops_when_the_vocabulary_is_full() =>
        Assert.Equal(Bytes + 3, BpeTokenizer.Train(["abcd", "abcd"], Bytes + 3, ["<|a|>"]).VocabularySize);

    [Fact]
    public void A_leading_space_belongs_to_the_word()
    {
        var tokenizer = BpeTokenizer.Train(Enumerable.Repeat("take the mug from the mug rack", 2), 1000, []);

        Assert.Equal([tokenizer.IdOf("Ġmug")!.Value], tokenizer.Encode(" mug"));
    }

    [Fact]
    public void Special_tokens_get_the_first_ids_and_are_never_joined()
    {
        var tokenizer = BpeTokenizer.Train(Enumerable.Repeat("<|user|>user", 5), 1000, ["<|pad|>", "<|user|>"]);

        Assert.Equal([0, 1], tokenizer.AddedTokens.Select(token => token.Id));
        Assert.Equal(1, tokenizer.IdOf("<|user|>"));
        // Of (u,s), (s,e) and (e,r), five each, e has the lowest id; then s before u. Nothing of <|user|> is among them.
        Assert.Equal(["er", "ser", "user"], Joined(tokenizer, first: Bytes + 2));
    }

    [Fact]
    public void The_order_of_the_texts_changes_nothing()
    {
        string[] texts = [.. Enumerable.Range(0, 200).Select(i => $"put object {i % 17} into drawer {i % 13}, then open cupboard {i * i % 29}")];
        var expected = BpeTokenizer.Train(texts, 400, ChatTokens.All).ToJson();

        new Random(3).Shuffle(texts);

        Assert.Equal(expected, BpeTokenizer.Train(texts, 400, ChatTokens.All).ToJson());
    }

    [Fact]
    public void It_chooses_as_counting_anew_each_time_would()
    {
        var random = new Random(11);
        string[] texts = [.. Enumerable.Range(0, 300).Select(_ => new string([.. Enumerable.Range(0, random.Next(1, 15)).Select(_ => "aab c"[random.Next(5)])]))];

        Assert.Equal(CountedAnew(texts, 60), Joined(BpeTokenizer.Train(texts, Bytes + 60, [])));
    }

    [Theory]
    [InlineData(257, "<|a|>", "<|b|>")]
    [InlineData(1000, "<|a|>", "<|a|>")]
    [InlineData(1000, "a", "<|b|>")]
    public void A_vocabulary_without_room_and_unfit_special_tokens_are_refused(int size, string first, string second) =>
        Assert.Throws<ArgumentException>(() => BpeTokenizer.Train([], size, [first, second]));

    /// <summary>The definition of the training, slowly: spellings and ids of bytes are in one order for the ASCII letters, digits and the space used here.</summary>
    private static List<string> CountedAnew(string[] texts, int joins)
    {
        var ids = Enumerable.Range(0, Bytes).ToDictionary(value => ByteLevel.CharacterOf((byte)value).ToString());
        var words = new List<List<string>>();
        foreach (var text in texts)
            PreTokenizer.Gpt2.Split(text, word => words.Add([.. word.ToString().Select(c => ByteLevel.CharacterOf((byte)c).ToString())]));
        var joined = new List<string>();
        while (joined.Count < joins)
        {
            var (left, right) = words.SelectMany(word => word.Zip(word.Skip(1))).CountBy(pair => pair)
                .MinBy(pair => (-pair.Value, ids[pair.Key.First], ids[pair.Key.Second])).Key;
            if (ids.TryAdd(left + right, ids.Count))
                joined.Add(left + right);
            foreach (var word in words)
                for (var at = 0; at + 1 < word.Count; at++)
                    if (word[at] == left && word[at + 1] == right)
                    {
                        word[at] += right;
                        word.RemoveAt(at + 1);
                    }
        }
        return joined;
    }

    private static IEnumerable<string> Joined(BpeTokenizer tokenizer, int first = Bytes) => Enumerable.Range(first, tokenizer.VocabularySize - first)
        .Select(id => ByteLevel.Spell(tokenizer.BytesOf(id)));
}
