using System.Security.Cryptography;
using System.Text;
using Aspire.Hosting.ApplicationModel;

namespace AgentOps.AppModel.State;

/// <summary>The folder in which one stack keeps everything: data, secrets, logs and who holds it.</summary>
internal sealed class StateFolder
{
    private const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public StateFolder(string path) => Root = Path.GetFullPath(path);

    public string Root { get; }

    public string Logs => Path.Combine(Root, "logs");

    public string Artifacts => Path.Combine(Root, "artifacts");

    public string Builds => Path.Combine(Root, "build");

    public string AdminKeyFile => Path.Combine(Root, "admin.key");

    /// <summary>Where a resource that others may call was last to be found.</summary>
    public string AddressFileOf(string resource) => Path.Combine(Root, resource + ".url");

    /// <summary>Twelve hexadecimal digits that stand for this folder in names outside it.</summary>
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Root)))[..12];

    public string LogOf(string process) => Path.Combine(Logs, process + ".log");

    /// <summary>
    /// Makes the folder. When run as root others may pass through it, but not list it: PostgreSQL and RabbitMQ run as their own users
    /// and their data lies inside. Throws <see cref="DistributedApplicationException"/> when it cannot be made.
    /// </summary>
    public void Create()
    {
        try
        {
            Directory.CreateDirectory(Root);
            File.SetUnixFileMode(Root, ServiceUser.Root ? Own | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute : Own);
            foreach (var folder in (string[])[Logs, Artifacts, Builds])
            {
                Directory.CreateDirectory(folder, Own);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DistributedApplicationException($"The state folder {Root} cannot be written ({e.Message}): set AGENTOPS_HOME to a folder that can.", e);
        }
    }

    /// <summary>Replaces a file that only its owner may read, all or nothing.</summary>
    public static void WritePrivate(string path, string text)
    {
        var temporary = path + ".new";
        File.Delete(temporary);
        using (var stream = new FileStream(temporary, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            stream.Write(Encoding.UTF8.GetBytes(text));
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }
}
