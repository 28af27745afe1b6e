using System.CommandLine;

namespace AgentOps.Cli;

/// <summary>Where the gateway is and with which key: options, else the environment, else the stack of this folder.</summary>
public static class Connection
{
    public static readonly Option<string?> Url = new("--url") { Description = "The gateway's address; default: AGENTOPS_URL, else the stack's own.", Recursive = true };

    public static readonly Option<string?> Key = new("--key") { Description = "The API key; default: AGENTOPS_KEY, else admin.key of the stack's state folder.", Recursive = true };

    /// <exception cref="CommandFailedException">No key can be found.</exception>
    public static Gateway Open(ParseResult parsed)
    {
        var home = Home();
        var url = parsed.GetValue(Url) ?? AddressIn(home, Environment.GetEnvironmentVariable);
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            throw new CommandFailedException($"'{url}' is not an address: expected something like http://127.0.0.1:8080.", ExitCode.Usage);
        return new(address, parsed.GetValue(Key) ?? Environment.GetEnvironmentVariable("AGENTOPS_KEY") ?? AdminKey(home));
    }

    /// <summary>What the environment says, else where this folder's stack was last to be found, else where it usually is.</summary>
    public static string AddressIn(string home, Func<string, string?> environment)
    {
        if ((environment("AGENTOPS_URL") ?? (environment("AGENTOPS_PORT") is { } port ? $"http://127.0.0.1:{port}" : null)) is { } said)
            return said;
        var file = Path.Combine(home, "gateway.url");
        return File.Exists(file) ? File.ReadAllText(file).Trim() : "http://127.0.0.1:8080";
    }

    private static string AdminKey(string home)
    {
        var file = Path.Combine(home, "admin.key");
        try
        {
            return File.ReadAllText(file).Trim();
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"There is no key: give --key or AGENTOPS_KEY, or run this where the stack's state folder is ({file} cannot be read).", ExitCode.Usage);
        }
    }

    /// <summary>AGENTOPS_HOME, or <c>.agentops</c> beside the nearest AgentOps.sln above this folder.</summary>
    public static string Home()
    {
        if (Environment.GetEnvironmentVariable("AGENTOPS_HOME") is { Length: > 0 } home)
            return home;
        for (var folder = new DirectoryInfo(Directory.GetCurrentDirectory()); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "AgentOps.sln")))
                return Path.Combine(folder.FullName, ".agentops");
        return Path.GetFullPath(".agentops");
    }
}
