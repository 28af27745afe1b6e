using System.Text;

namespace AgentOps.Subjects.Tests;

public sealed class the_keys : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("subject-keys-");

    [Fact]
    public void A_key_is_made_once_and_found_again_by_others()
    {
        var encrypted = Keys().ToWrite("ada").Encrypt("turns", "left"u8);

        Assert.Equal(encrypted, Keys().ToWrite("ada").Encrypt("turns", "left"u8));
        Assert.Equal("left", Encoding.UTF8.GetString(Keys().ToRead("ada").Decrypt("turns", encrypted)));
    }

    [Fact]
    public async Task Writers_at_the_same_time_have_one_key()
    {
        var written = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => Convert.ToHexString(Keys().ToWrite("ada").Encrypt("turns", "left"u8)))));

        Assert.Single(written.Distinct());
    }

    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public void Folder_and_keys_are_their_users_alone()
    {
        Keys().ToWrite("ada");

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Inside("")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Inside("ada.key")));
    }

    [Fact]
    public void An_erased_subject_is_neither_read_nor_written_any_more_and_others_are()
    {
        var (ada, bob) = (Keys().ToWrite("ada").Encrypt("turns", "left"u8), Keys().ToWrite("bob").Encrypt("turns", "left"u8));

        Keys().Erase("ada");
        Keys().Erase("ada");

        Assert.False(File.Exists(Inside("ada.key")));
        Assert.StartsWith("The data of subject 'ada' was erased", Assert.Throws<SubjectUnreadableException>(() => Keys().ToRead("ada").Decrypt("turns", ada)).Message, StringComparison.Ordinal);
        Assert.Throws<SubjectUnreadableException>(() => Keys().ToWrite("ada"));
        Assert.Equal("left", Encoding.UTF8.GetString(Keys().ToRead("bob").Decrypt("turns", bob)));
    }

    [Fact]
    public void Who_was_erased_before_anything_was_written_is_not_written_later()
    {
        Keys().Erase("ada");

        Assert.Throws<SubjectUnreadableException>(() => Keys().ToWrite("ada"));
        Assert.False(File.Exists(Inside("ada.key")));
    }

    [Fact]
    public async Task Erased_while_others_write_no_key_is_left()
    {
        foreach (var subject in Enumerable.Range(0, 50).Select(i => $"ada-{i}"))
        {
            var writers = Enumerable.Range(0, 4).Select(_ => Task.Run(() => Record.Exception(() => Keys().ToWrite(subject)))).ToList();
            Keys().Erase(subject);
            Assert.All(await Task.WhenAll(writers), failure => Assert.True(failure is null or SubjectUnreadableException, $"{failure}"));
            Assert.False(File.Exists(Inside($"{subject}.key")));
        }
    }

    [Fact]
    public void A_lost_key_is_said_to_be_lost_and_not_erased()
    {
        Keys().ToWrite("ada");
        File.Delete(Inside("ada.key"));

        Assert.Equal($"The key of subject 'ada' is not in {Inside("")}, and nothing says that it was erased: bring ada.key back from a copy.", Assert.Throws<SubjectUnreadableException>(() => Keys().ToRead("ada")).Message);
    }

    [Theory]
    [InlineData("../ada")]
    [InlineData("")]
    [InlineData("a/b")]
    public void A_name_that_is_no_name_reaches_no_file(string subject)
    {
        Assert.Throws<ArgumentException>(() => Keys().ToWrite(subject));
        Assert.Throws<ArgumentException>(() => Keys().Erase(subject));
        Assert.Empty(Directory.GetFileSystemEntries(Inside("")));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private SubjectKeys Keys() => new(Path.Combine(_folder.FullName, "keys"));

    private string Inside(string file) => file.Length == 0 ? Path.Combine(_folder.FullName, "keys") : Path.Combine(_folder.FullName, "keys", file);
}
