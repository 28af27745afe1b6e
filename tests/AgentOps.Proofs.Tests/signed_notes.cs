using System.Security.Cryptography;

namespace AgentOps.Proofs.Tests;

public sealed class signed_notes : IDisposable
{
    // The example of C2SP signed-note, signed with Ed25519 by a key that is not known here.
    private const string Example = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n" +
        "— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    [Fact]
    public void The_specifications_example_is_read_and_written_back()
    {
        var note = SignedNote.Parse(Example);

        Assert.EndsWith("di sole:\n\ned è subito sera.\n", note.Text, StringComparison.Ordinal);
        var signature = Assert.Single(note.Signatures);
        Assert.Equal(("quasimodo.example/salvatore", "367ba04b", 64), (signature.Name, Convert.ToHexStringLower(signature.KeyId), signature.Bytes.Length));
        Assert.Equal(Example, note.ToString());
    }

    [Fact]
    public void A_note_is_believed_when_its_key_signed_it()
    {
        var signer = new NoteSigner("example.com/log", _key);
        var note = SignedNote.Parse(signer.Sign("a fact\n").ToString());

        Assert.True(signer.PublicKey.Verifies(note));
        Assert.True(NoteKey.Parse(signer.PublicKey.ToString()).Verifies(note));
        Assert.False(new NoteKey("example.com/other", _key.ExportSubjectPublicKeyInfo()).Verifies(note));
        Assert.False(signer.PublicKey.Verifies(SignedNote.Parse(Example)));
    }

    [Fact]
    public void Signatures_of_unknown_keys_beside_it_say_nothing_and_a_bad_one_of_its_own_spoils_the_note()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var signer = new NoteSigner("example.com/log", _key);
        var note = signer.Sign("a fact\n");
        var witness = new NoteSigner("example.com/witness", other).Sign("a fact\n").Signatures[0];

        Assert.True(signer.PublicKey.Verifies(note with { Signatures = [witness, .. note.Signatures] }));
        Assert.False(signer.PublicKey.Verifies(note with { Signatures = [.. note.Signatures, signer.Sign("another fact\n").Signatures[0]] }));
    }

    [Fact]
    public void The_keys_id_is_that_of_the_specification_for_ECDSA()
    {
        var spki = _key.ExportSubjectPublicKeyInfo();

        Assert.Equal(SHA256.HashData(spki)[..4], new NoteKey("example.com/log", spki).Id.ToArray());
    }

    [Fact]
    public void A_changed_byte_is_refused_or_changes_nothing_that_was_signed()
    {
        var signer = new NoteSigner("example.com/log", _key);
        var text = new Checkpoint("example.com/log", 20852163, SHA256.HashData("root"u8)).Text;
        var note = signer.Sign(text).ToString();
        var random = new Random(7);
        for (var i = 0; i < 3_000; i++)
        {
            var changed = note.ToCharArray();
            changed[random.Next(changed.Length)] = (char)random.Next(1, 256);
            Assert.True(Read(new string(changed), signer.PublicKey) is null or { Size: 20852163 }, new string(changed));
            if (Read(new string(changed), signer.PublicKey) is { } read)
                Assert.Equal(text, read.Text);
        }
    }

    [Theory]
    [InlineData("no signature\n")]
    [InlineData("text\n\n")]
    [InlineData("text\n\n- example.com/log AAAAAAA=\n")]
    [InlineData("text\n\n— example.com/log AAAAAA==\n")]
    [InlineData("text\n\n— example.com/log not-base64\n")]
    [InlineData("text\n\n— a+b AAAAAAA=\n")]
    [InlineData("text\n\n— example.com/log AAAAAAA=")]
    [InlineData("te\txt\n\n— example.com/log AAAAAAA=\n")]
    public void What_is_no_note_is_refused(string text) => Assert.Throws<FormatException>(() => SignedNote.Parse(text));

    [Theory]
    [InlineData("example.com/log\n12\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n", true)]
    [InlineData("example.com/log\n012\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n", false)]
    [InlineData("example.com/log\n-1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n", false)]
    [InlineData("example.com/log\n12\nCsUYapGGPo4=\n", false)]
    [InlineData("example.com/another\n12\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n", false)]
    [InlineData("\n12\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n", false)]
    public void A_signed_text_is_a_checkpoint_of_this_log_or_refused(string text, bool holds)
    {
        var signer = new NoteSigner("example.com/log", _key);

        Assert.Equal(holds, Read(signer.Sign(text).ToString(), signer.PublicKey) is not null);
    }

    [Theory]
    [InlineData("example.com/log")]
    [InlineData("example.com/log+00000000+AgAA")]
    [InlineData("example.com/log+00000000+AQAA")]
    [InlineData("+00000000+AgAA")]
    [InlineData("a b+00000000+AgAA")]
    public void What_is_no_public_key_is_refused(string text) => Assert.Throws<FormatException>(() => NoteKey.Parse(text));

    [Theory]
    [InlineData("example.com/l\u001bog")]
    [InlineData("example.com/log\u200b")]
    [InlineData("example.com/\u202elog")]
    public void A_key_whose_name_is_not_what_one_sees_is_refused(string name)
    {
        var text = new NoteKey("example.com/log", _key.ExportSubjectPublicKeyInfo()).ToString().Replace("example.com/log", name, StringComparison.Ordinal);

        Assert.Contains("cannot name a key", Assert.Throws<FormatException>(() => NoteKey.Parse(text)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new NoteKey(name, _key.ExportSubjectPublicKeyInfo()));
    }

    [Fact]
    public void A_key_of_another_curve_is_refused()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);

        Assert.Throws<ArgumentException>(() => new NoteKey("example.com/log", other.ExportSubjectPublicKeyInfo()));
    }

    public void Dispose() => _key.Dispose();

    private static Checkpoint? Read(string note, NoteKey key)
    {
        try
        {
            return Checkpoint.Open(note, key);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
