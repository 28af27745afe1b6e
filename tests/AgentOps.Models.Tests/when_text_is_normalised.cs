using System.Security.Cryptography;
using System.Text;

namespace AgentOps.Models.Tests;

/// <summary>The expected hashes are Python's: <c>hash.update(unicodedata.normalize('NFC', text).encode())</c> over the same texts, with Unicode 14.</summary>
public sealed class When_text_is_normalised
{
    [Fact]
    public void Every_code_point_is_normalised_as_python_does() => Assert.Equal(
        "1ffc8e6ce9e83df8e49fd62d6abb68f981775aed0b5101b88c213d4653e9b540",
        Hash(Enumerable.Range(0, 0x110000).Where(Rune.IsValid).Select(code => new Rune(code).ToString())));

    [Fact]
    public void Letters_with_marks_in_any_order_are_normalised_as_python_does()
    {
        // The code points whose combining class is not zero, in order.
        int[] marks = [.. Enumerable.Range(0, 0x110000).Where(Rune.IsValid).Where(code => CanonicalComposition.ClassOf(code) != 0)];

        Assert.Equal("0fb591b6bfb458105bab35885e4d6fe921f1619deaa0f70b73262fc2b07f61a7", Hash(Enumerable.Range(0, 0x3000 - 0x20).Select(i => string.Concat(
            new[] { i + 0x20, marks[i * 7 % marks.Length], marks[i * 13 % marks.Length], marks[i * 31 % marks.Length], 0x301, 0x308 }.Select(code => new Rune(code))))));
    }

    [Theory]
    [InlineData("e\u0301", "é")]
    [InlineData("q\u0307\u0323", "q\u0323\u0307")]
    [InlineData("\u1112\u1161\u11ab", "한")]
    [InlineData("\u0958", "\u0915\u093c")]
    [InlineData("plain", "plain")]
    public void Marks_are_ordered_and_joined(string text, string expected) => Assert.Equal(expected, CanonicalComposition.Of(text));

    private static string Hash(IEnumerable<string> texts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var text in texts)
            hash.AppendData(Encoding.UTF8.GetBytes(CanonicalComposition.Of(text)));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
