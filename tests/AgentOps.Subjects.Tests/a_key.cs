using System.Text;

namespace AgentOps.Subjects.Tests;

public sealed class a_key
{
    private static readonly byte[] Secret = [.. Enumerable.Range(0, SubjectKey.Bytes).Select(i => (byte)i)];
    private readonly SubjectKey _key = new("ada", Secret);

    [Theory]
    [InlineData("")]
    [InlineData("You are at (2, 3). Walls: north.")]
    public void What_it_encrypted_it_decrypts(string text) => Assert.Equal(text, Encoding.UTF8.GetString(_key.Decrypt("turns", _key.Encrypt("turns", Encoding.UTF8.GetBytes(text)))));

    [Fact]
    public void The_same_text_is_the_same_bytes_and_another_text_shares_no_nonce()
    {
        var (once, again, other) = (_key.Encrypt("turns", "left"u8), new SubjectKey("ada", Secret).Encrypt("turns", "left"u8), _key.Encrypt("turns", "lefu"u8));

        Assert.Equal(once, again);
        Assert.NotEqual(once[..12], other[..12]);
    }

    [Fact]
    public void A_nonce_is_never_shared_by_two_texts()
    {
        var nonces = Enumerable.Range(0, 20_000).Select(i => Convert.ToHexString(_key.Encrypt("turns", BitConverter.GetBytes(i))[..12]));

        Assert.Equal(20_000, nonces.Distinct().Count());
    }

    [Fact]
    public void Nothing_of_the_text_stands_in_what_it_encrypted()
    {
        var text = Enumerable.Repeat((byte)'a', 1000).ToArray();

        var encrypted = _key.Encrypt("turns", text);

        Assert.Equal(12 + 1000 + 16, encrypted.Length);
        Assert.True(encrypted.AsSpan().IndexOf("aaaa"u8) < 0);
    }

    [Fact]
    public void Every_changed_bit_is_refused()
    {
        var encrypted = _key.Encrypt("turns", "left"u8);
        for (var bit = 0; bit < encrypted.Length * 8; bit++)
        {
            var changed = encrypted.ToArray();
            changed[bit / 8] ^= (byte)(1 << bit % 8);
            Assert.Throws<SubjectUnreadableException>(() => _key.Decrypt("turns", changed));
        }
    }

    [Fact]
    public void What_is_of_another_kind_another_subject_or_another_key_is_refused()
    {
        var encrypted = _key.Encrypt("turns", "left"u8);

        Assert.Throws<SubjectUnreadableException>(() => _key.Decrypt("tokens", encrypted));
        Assert.Throws<SubjectUnreadableException>(() => new SubjectKey("bob", Secret).Decrypt("turns", encrypted));
        Assert.Throws<SubjectUnreadableException>(() => new SubjectKey("ada", new byte[SubjectKey.Bytes]).Decrypt("turns", encrypted));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(27)]
    public void What_is_too_short_is_refused(int length) => Assert.Throws<SubjectUnreadableException>(() => _key.Decrypt("turns", new byte[length]));
}
