using System.Text;
using System.Text.Json;

namespace AgentOps.Contracts.Tests;

public sealed class DigestTests
{
    // SHA-256 of "abc", FIPS 180-2 appendix B.1.
    private const string Abc = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    [Fact]
    public void The_digest_of_abc_is_the_standards_example() => Assert.Equal(Abc, Digest.Of("abc"u8).ToString());

    [Fact]
    public async Task A_stream_gives_the_same_digest_as_its_bytes()
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes("abc"));

        Assert.Equal(Digest.Of("abc"u8), await Digest.OfAsync(stream));
    }

    [Fact]
    public void Text_and_bytes_lead_back_to_the_same_digest()
    {
        var digest = Digest.Parse(Abc);

        Assert.Equal(Abc[7..], digest.Hex);
        Assert.Equal(digest, Digest.FromHash(digest.Bytes));
        Assert.Equal(digest, JsonSerializer.Deserialize<Digest>(JsonSerializer.Serialize(digest)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData("sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD")]
    [InlineData("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a")]
    [InlineData("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad0")]
    [InlineData("sha512:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ag")]
    public void Any_other_text_is_not_a_digest(string? text)
    {
        Assert.False(Digest.TryParse(text, out _));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Digest>(JsonSerializer.Serialize(text)));
    }

    [Fact]
    public void A_digest_that_was_never_set_cannot_be_written() =>
        Assert.Throws<InvalidOperationException>(() => JsonSerializer.Serialize(default(Digest)));

    [Fact]
    public void A_hash_of_another_length_is_refused() => Assert.Throws<ArgumentException>(() => Digest.FromHash(new byte[20]));
}
