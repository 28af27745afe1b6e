using System.Security.Cryptography;
using AgentOps.Artifacts;
using AgentOps.Contracts;

namespace AgentOps.Subjects;

/// <summary>The subjects' keys, a file for each, in a folder apart from the ledger and the artifacts: what a key encrypted is gone when its file is gone, here and in every copy of this folder.</summary>
public sealed class SubjectKeys
{
    private readonly string _folder;

    /// <param name="folder">Made when absent, for this user alone.</param>
    public SubjectKeys(string folder)
    {
        _folder = Path.GetFullPath(folder);
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(_folder);
        else
            Directory.CreateDirectory(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>The key to encrypt with; made at its first use.</summary>
    /// <exception cref="SubjectUnreadableException">The subject was erased.</exception>
    public SubjectKey ToWrite(string subject)
    {
        RefuseErased(subject);
        DurableFile.WriteOnce(KeyFile(subject), Convert.ToBase64String(RandomNumberGenerator.GetBytes(SubjectKey.Bytes)), DurableFile.Private);
        if (IsErased(subject))
            // Erased between the look and the writing.
            DurableFile.Shred(KeyFile(subject));
        return ToRead(subject);
    }

    /// <summary>The key to decrypt with.</summary>
    /// <exception cref="SubjectUnreadableException">The subject was erased, or its key is lost.</exception>
    public SubjectKey ToRead(string subject)
    {
        RefuseErased(subject);
        try
        {
            return new(subject, Convert.FromBase64String(File.ReadAllText(KeyFile(subject))));
        }
        catch (Exception lost) when (lost is FileNotFoundException or FormatException)
        {
            RefuseErased(subject);
            throw new SubjectUnreadableException(subject, $"The key of subject '{subject}' is not in {_folder}, and nothing says that it was erased: bring {Path.GetFileName(KeyFile(subject))} back from a copy.", lost);
        }
    }

    /// <summary>Whether there is a key of that name, or was one.</summary>
    public bool Knows(string subject) => EntityName.Pattern().IsMatch(subject) && (File.Exists(KeyFile(subject)) || IsErased(subject));

    /// <summary>Whether its key is here, erased or not: one that came back with a copy of the folder is.</summary>
    public bool HasKey(string subject) => File.Exists(KeyFile(subject));

    public bool IsErased(string subject) => File.Exists(ErasedFile(subject));

    /// <summary>Removes the key for ever: no key is made for this name again. Doing it twice changes nothing.</summary>
    public void Erase(string subject)
    {
        DurableFile.WriteOnce(ErasedFile(subject), "", DurableFile.Private);
        DurableFile.Shred(KeyFile(subject));
    }

    private void RefuseErased(string subject)
    {
        if (IsErased(subject))
            throw new SubjectUnreadableException(subject, $"The data of subject '{subject}' was erased: its key is gone, nothing of it can be read, and nothing more is recorded under this name. A pipeline file leaves it out of its data sets with 'without: [{WithdrawalId.Of(Reference.To(ReferenceKind.Subject, subject))}]', and has no step of this 'subject' that is still to be played.");
    }

    private string KeyFile(string subject) => Path.Combine(_folder, $"{Checked(subject)}.key");

    private string ErasedFile(string subject) => Path.Combine(_folder, $"{Checked(subject)}.erased");

    /// <summary>A name becomes a file's, so nothing else may pass.</summary>
    private static string Checked(string subject) => EntityName.Pattern().IsMatch(subject)
        ? subject
        : throw new ArgumentException($"'{subject}' is no subject's name: expected {EntityName.Rule}.", nameof(subject));
}
