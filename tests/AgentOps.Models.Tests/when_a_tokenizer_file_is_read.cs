using System.Text;
using System.Text.Json.Nodes;

namespace AgentOps.Models.Tests;

public sealed class When_a_tokenizer_file_is_read
{
    private static readonly BpeTokenizer Ours = SmallModel.Tokenizer();

    [Fact]
    public void It_gives_the_ids_of_the_tokenizer_that_was_written()
    {
        var read = Read(_ => { });

        foreach (var text in SmallModel.Texts)
            Assert.Equal(Ours.Encode(text), read.Encode(text));
        Assert.Equal(Ours.VocabularySize, read.VocabularySize);
        Assert.Equal(Ours.AddedTokens, read.AddedTokens);
    }

    [Fact]
    public void It_is_written_back_byte_for_byte()
    {
        var bytes = Encoding.UTF8.GetBytes(JsonNode.Parse(Ours.ToJson())!.ToJsonString());
        Assert.NotEqual(bytes, Ours.ToJson());

        Assert.Equal(bytes, BpeTokenizer.Parse(bytes).ToJson());
    }

    [Fact]
    public void Both_spellings_of_merges_are_the_same()
    {
        var pairs = Read(file => file["model"]!["merges"] = new JsonArray([.. file["model"]!["merges"]!.AsArray().Select(m => new JsonArray([.. m!.ToString().Split(' ').Select(side => (JsonNode)side)]))]));

        Assert.Equal(Ours.Encode(SmallModel.Texts[0]), pairs.Encode(SmallModel.Texts[0]));
    }

    [Fact]
    public void With_ignore_merges_a_whole_word_of_the_vocabulary_is_one_token()
    {
        var with = Read(file => AddUnreachable(file, ignoreMerges: true));
        var without = Read(file => AddUnreachable(file, ignoreMerges: false));

        Assert.Equal([Ours.VocabularySize], with.Encode(" unreachable"));
        Assert.Equal(Ours.Encode(" unreachable"), without.Encode(" unreachable"));
        Assert.NotEqual(with.Encode(" unreachable"), without.Encode(" unreachable"));
    }

    [Fact]
    public void The_longest_of_several_added_tokens_is_taken()
    {
        var read = Read(file =>
        {
            file["added_tokens"]!.AsArray().Add(Added(1000, "<a>"));
            file["added_tokens"]!.AsArray().Add(Added(1001, "<a><b>"));
            file["added_tokens"]!.AsArray().Add(Added(1002, "<<"));
        });

        Assert.Equal([1001, 1000, 1002], read.Encode("<a><b><a><<"));
        Assert.Equal(1003, read.VocabularySize);
    }

    [Fact]
    public void An_added_token_that_is_not_special_is_found_in_texts_from_outside()
    {
        var read = Read(file => file["added_tokens"]!.AsArray().Add(Added(1000, "<tool>")));

        Assert.Equal([1000], read.EncodeText("<tool>"));
        Assert.False(read.IsSpecial(1000));
    }

    [Theory]
    [InlineData("normalizer", """{"type":"Lowercase"}""", "Lowercase")]
    [InlineData("normalizer", """{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"NFKC"}]}""", "NFKC")]
    [InlineData("pre_tokenizer", "null", "ByteLevel")]
    [InlineData("pre_tokenizer", """{"type":"Metaspace"}""", "ByteLevel")]
    [InlineData("pre_tokenizer", """{"type":"Sequence","pretokenizers":[{"type":"Whitespace"},{"type":"ByteLevel","add_prefix_space":false}]}""", "Whitespace")]
    [InlineData("pre_tokenizer", """{"type":"ByteLevel","add_prefix_space":true}""", "add_prefix_space")]
    [InlineData("pre_tokenizer", """{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"a"},"behavior":"Removed","invert":false},{"type":"ByteLevel"}]}""", "Removed")]
    [InlineData("pre_tokenizer", """{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"(a"},"behavior":"Isolated"},{"type":"ByteLevel"}]}""", "(a")]
    [InlineData("pre_tokenizer", """{"type":"Sequence","pretokenizers":[{"type":"Split"},{"type":"ByteLevel"}]}""", "split")]
    [InlineData("pre_tokenizer", """{"type":"Sequence","pretokenizers":[1]}""", "not an object")]
    [InlineData("decoder", """{"type":"Metaspace"}""", "Metaspace")]
    [InlineData("model", """{"type":"Unigram","vocab":[]}""", "Unigram")]
    [InlineData("model", """{"type":"BPE"}""", "vocab")]
    [InlineData("model", """{"type":"BPE","vocab":{"a":0},"merges":[]}""", "byte")]
    [InlineData("model", "null", "'model'")]
    [InlineData("added_tokens", """[{"id":1,"content":"<x>","lstrip":true}]""", "lstrip")]
    [InlineData("added_tokens", """[{"id":-1,"content":"<x>"}]""", "no id")]
    [InlineData("added_tokens", """[{"id":9999,"content":""}]""", "no content")]
    [InlineData("added_tokens", """[{"id":10,"content":"<x>"}]""", "claim the same")]
    [InlineData("added_tokens", """[{"id":9999,"content":"<|end|>"}]""", "claim the same")]
    public void What_is_not_understood_is_refused_by_name(string key, string value, string expected)
    {
        var error = Assert.Throws<ModelFormatException>(() => Read(file => file[key] = JsonNode.Parse(value)));

        Assert.Contains(expected, error.Message);
        Assert.Contains("tokenizer.json", error.Message);
    }

    [Theory]
    [InlineData("merges", """["a b c"]""")]
    [InlineData("merges", """["a zzz"]""")]
    [InlineData("merges", """["~ ~"]""")]
    [InlineData("merges", """[["a"]]""")]
    [InlineData("merges", """[[1,2]]""")]
    [InlineData("merges", "null")]
    [InlineData("byte_fallback", "true")]
    [InlineData("dropout", "0.1")]
    [InlineData("end_of_word_suffix", "\"</w>\"")]
    public void A_model_that_does_not_hold_together_is_refused(string key, string value) =>
        Assert.Throws<ModelFormatException>(() => Read(file => file["model"]![key] = JsonNode.Parse(value)));

    [Theory]
    [InlineData("\"a\": 5")]
    [InlineData("\"extra\": 5")]
    [InlineData("\"extra\": -1")]
    [InlineData("\"extra\": 99999999")]
    [InlineData("\"extra\": \"5\"")]
    public void A_vocabulary_in_which_a_token_or_an_id_stands_twice_is_refused(string entry) =>
        Assert.Throws<ModelFormatException>(() => BpeTokenizer.Parse(Encoding.UTF8.GetBytes(
            Encoding.UTF8.GetString(Ours.ToJson()).Replace("\"vocab\": {", $"\"vocab\": {{ {entry},", StringComparison.Ordinal))));

    [Fact]
    public void A_split_that_takes_for_ever_is_stopped_with_a_sentence()
    {
        // (a+)+b tries every way to cut a run of a's before it gives up: 2^40 of them.
        var read = Read(file => file["pre_tokenizer"] = JsonNode.Parse(
            """{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"(a+)+b"},"behavior":"Isolated"},{"type":"ByteLevel","use_regex":false}]}"""));

        Assert.Contains("takes more than 2 s", Assert.Throws<ModelFormatException>(() => read.Encode(new string('a', 40))).Message);
    }

    [Fact]
    public void Long_runs_of_one_kind_are_split_in_passing()
    {
        foreach (var piece in new[] { " ", "\n", "a", "1", ".", "' ", "\r\n ", "é", "😀" })
        {
            var text = string.Concat(Enumerable.Repeat(piece, 50_000 / piece.Length));
            Assert.Equal(text, Ours.Decode(Ours.Encode(text)));
        }
    }

    private static void AddUnreachable(JsonObject file, bool ignoreMerges)
    {
        file["model"]!["ignore_merges"] = ignoreMerges;
        file["model"]!["vocab"]!["Ġunreachable"] = Ours.VocabularySize;
    }

    private static JsonObject Added(int id, string content) => new() { ["id"] = id, ["content"] = content, ["special"] = false };

    private static BpeTokenizer Read(Action<JsonObject> change)
    {
        var file = JsonNode.Parse(Ours.ToJson())!.AsObject();
        change(file);
        return BpeTokenizer.Parse(Encoding.UTF8.GetBytes(file.ToJsonString()));
    }
}
