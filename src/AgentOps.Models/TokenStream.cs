using System.Text;

namespace AgentOps.Models;

/// <summary>Text of ids that arrive one by one. A character whose bytes are spread over several tokens comes out with its last one.</summary>
public sealed class TokenStream(BpeTokenizer tokenizer, bool skipSpecial = false)
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();

    /// <summary>The characters that this id completes; often none.</summary>
    public string Append(int id) => skipSpecial && tokenizer.IsSpecial(id) ? "" : Decode(tokenizer.BytesOf(id), flush: false);

    /// <summary>At the end: U+FFFD when a character remained incomplete, otherwise nothing.</summary>
    public string Finish() => Decode([], flush: true);

    private string Decode(ReadOnlySpan<byte> bytes, bool flush)
    {
        Span<char> characters = new char[Encoding.UTF8.GetMaxCharCount(bytes.Length)];
        return new(characters[.._decoder.GetChars(bytes, characters, flush)]);
    }
}
