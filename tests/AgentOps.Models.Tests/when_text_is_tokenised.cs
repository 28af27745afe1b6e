using System.Text;

namespace AgentOps.Models.Tests;

public sealed class When_text_is_tokenised
{
    private static readonly BpeTokenizer Tokenizer = SmallModel.Tokenizer();

    [Theory]
    [InlineData("")]
    [InlineData("take mug 1 from table 1")]
    [InlineData("  two spaces, a tab\t and lines\n\n\r\n end ")]
    [InlineData("Grüße, 你好, 😀, 𝒜 and \u0000 \u001f")]
    [InlineData("the spelling <|end|> of a special token")]
    public void It_comes_back_as_it_was(string text)
    {
        Assert.Equal(text, Tokenizer.Decode(Tokenizer.Encode(text)));
        Assert.Equal(text, Tokenizer.Decode(Tokenizer.EncodeText(text)));
    }

    [Fact]
    public void A_special_token_is_found_where_it_is_wanted_and_only_there()
    {
        Assert.Equal([ChatTokens.User, ChatTokens.End], Tokenizer.Encode("<|user|><|end|>"));
        Assert.DoesNotContain(ChatTokens.End, Tokenizer.EncodeText("<|user|><|end|>"));
    }

    [Fact]
    public void Special_tokens_can_be_left_out_of_the_text()
    {
        var ids = Tokenizer.Encode("<|user|>open fridge 1<|end|>");

        Assert.Equal("open fridge 1", Tokenizer.Decode(ids, skipSpecial: true));
        Assert.Equal("<|user|>open fridge 1<|end|>", Tokenizer.Decode(ids));
    }

    [Fact]
    public void A_lone_surrogate_becomes_the_replacement_character() =>
        Assert.Equal("a\ufffdb", Tokenizer.Decode(Tokenizer.Encode("a\ud800b")));

    [Fact]
    public void Many_threads_get_the_same_ids()
    {
        var expected = SmallModel.Texts.Select(text => Tokenizer.Encode(text)).ToArray();
        var fresh = SmallModel.Tokenizer();

        Parallel.For(0, 1000, i => Assert.Equal(expected[i % expected.Length], fresh.Encode(SmallModel.Texts[i % expected.Length])));
    }

    [Fact]
    public void Ids_that_the_vocabulary_leaves_free_are_no_text() =>
        Assert.Equal("", Tokenizer.Decode([Tokenizer.VocabularySize, 1_000_000]));

    [Theory]
    [InlineData("Grüße 你好 😀!")]
    public void A_stream_of_ids_gives_whole_characters_as_soon_as_they_are_complete(string text)
    {
        // Without joined tokens each id is one byte, so that characters are cut in every possible place.
        var bytes = BpeTokenizer.Train([], 260, ChatTokens.All);
        var stream = new TokenStream(bytes);
        var parts = bytes.Encode(text).Select(stream.Append).ToList();

        Assert.Equal(Encoding.UTF8.GetByteCount(text), parts.Count);
        Assert.Equal(text, string.Concat(parts));
        Assert.All(parts, part => Assert.DoesNotContain('\ufffd', part));
        Assert.Equal("", stream.Finish());
    }

    [Fact]
    public void A_stream_that_ends_inside_a_character_says_so()
    {
        var bytes = BpeTokenizer.Train([], 260, ChatTokens.All);
        var stream = new TokenStream(bytes);

        Assert.Equal("a", string.Concat(bytes.Encode("aü")[..2].Select(stream.Append)));
        Assert.Equal("\ufffd", stream.Finish());
    }
}
