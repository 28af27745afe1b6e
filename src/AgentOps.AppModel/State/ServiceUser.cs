using AgentOps.AppModel.Processes;
using AgentOps.AppModel.Running;

namespace AgentOps.AppModel.State;

/// <summary>Under whose name PostgreSQL and RabbitMQ run: their packages' own users when we are root, else our own.</summary>
internal static class ServiceUser
{
    /// <summary>True when this process is root.</summary>
    public static bool Root { get; } = Environment.IsPrivilegedProcess;

    /// <summary>The user to run a server as, or null for the own one.</summary>
    public static string? Of(string packageUser) => Root ? packageUser : null;

    /// <summary>
    /// A folder that the user, and nobody else but root, can work in: inside the state folder where the user can reach it,
    /// else under /var/lib/agentops. A folder made by an earlier start is found again.
    /// </summary>
    public static async Task<string> FolderAsync(StateFolder home, string name, string? user, StackOutput output, CancellationToken cancellationToken)
    {
        var inside = Path.Combine(home.Root, name);
        var outside = Path.Combine(Outside(home), name);
        if (user is null)
        {
            Directory.CreateDirectory(inside, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return inside;
        }

        if (!Directory.Exists(outside))
        {
            await MakeAsync(inside, user, cancellationToken);
            if ((await Command.TryAsync(user, "/", "test", ["-w", inside], cancellationToken)).Code == 0)
            {
                return inside;
            }

            Directory.Delete(inside);
        }

        output.Line(name, $"keeps its data in {outside}, since its user {user} cannot reach {home.Root}");
        await MakeAsync(outside, user, cancellationToken);
        return outside;
    }

    /// <summary>Where the data of a state folder lies that PostgreSQL's and RabbitMQ's users cannot reach.</summary>
    public static string Outside(StateFolder home) => Path.Combine("/var/lib/agentops", home.Hash);

    private static Task MakeAsync(string folder, string user, CancellationToken cancellationToken)
    {
        // The parents stay root's and passable; the folder itself is the user's alone.
        Directory.CreateDirectory(Path.GetDirectoryName(folder)!);
        return Command.RunAsync(null, "/", "install", ["-d", "-o", user, "-g", user, "-m", "700", folder], cancellationToken);
    }
}
