using System.Diagnostics;
using AgentOps.AppModel.State;
using Aspire.Hosting.ApplicationModel;

namespace AgentOps.AppModel;

/// <summary>Installs Debian packages so that nothing of theirs runs: no service started, none enabled, no cluster made.</summary>
internal static class DebianPackages
{
    private const int LastLines = 20;

    // Of apt's many lines those from which a person sees that it moves, and what goes wrong.
    private static readonly string[] Telling = ["Get:", "Setting up ", "E:", "W:", "dpkg: error"];

    // Read by sh as root. While it holds the lock no other process of ours installs; a policy file that was there before comes back at the end,
    // also after a run that was killed.
    private const string Script = """
        set -eu
        mkdir -p /run/lock
        exec 9>/run/lock/agentops-install.lock
        flock 9
        policy=/usr/sbin/policy-rc.d
        saved=/usr/sbin/policy-rc.d.before-agentops
        cluster=/etc/postgresql-common/createcluster.d/agentops.conf
        restore() {
            if [ -e $saved ]; then mv -f $saved $policy
            elif grep -qs AgentOps $policy; then rm -f $policy
            fi
            rm -f $cluster
        }
        restore
        [ ! -e $policy ] || mv $policy $saved
        trap restore EXIT
        trap 'exit 130' HUP INT TERM
        printf '#!/bin/sh\n# AgentOps installs packages: no service may start.\nexit 101\n' >$policy
        chmod 755 $policy
        mkdir -p ${cluster%/*}
        echo 'create_main_cluster = false' >$cluster
        enabled() { find /etc/systemd/system /etc/rc?.d -type l 2>/dev/null | sort; }
        before=$(enabled)
        export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
        apt-get update -q
        apt-get install -q -y --no-install-recommends -o DPkg::Lock::Timeout=600 -o Dpkg::Options::=--force-confold "$@"
        for link in $(enabled); do
            case "$before" in *"$link"*) ;; *) echo "not enabled: ${link##*/}"; rm -f "$link" ;; esac
        done
        """;

    /// <summary>The line with which a person installs the packages.</summary>
    public static string CommandLine(IReadOnlyList<string> packages) =>
        $"apt-get install -y --no-install-recommends {string.Join(' ', packages)}";

    /// <summary>Installs with visible progress. Throws <see cref="DistributedApplicationException"/> when it may not or cannot.</summary>
    public static async Task InstallAsync(string names, IReadOnlyList<string> packages, Action<string, string> progress, CancellationToken cancellationToken)
    {
        if (!File.Exists("/usr/bin/apt-get"))
        {
            throw new DistributedApplicationException($"Missing on this machine: {names}. It has no apt-get, so they must be installed by hand.");
        }

        progress("prerequisites", $"missing: {names}; running {CommandLine(packages)}");
        using var process = Process.Start(Line(names, packages))!;
        process.StandardInput.Close();
        await using var stop = cancellationToken.Register(() => process.Kill(entireProcessTree: true));
        var last = new Queue<string>();
        while (await process.StandardOutput.ReadLineAsync(CancellationToken.None) is { } line)
        {
            last.Enqueue(line);
            if (last.Count > LastLines)
            {
                last.Dequeue();
            }

            if (Telling.Any(beginning => line.StartsWith(beginning, StringComparison.Ordinal)))
            {
                progress("prerequisites", line);
            }
        }

        await process.WaitForExitAsync(CancellationToken.None);
        cancellationToken.ThrowIfCancellationRequested();
        if (process.ExitCode != 0)
        {
            throw new DistributedApplicationException(
                $"Installing {string.Join(' ', packages)} failed with exit code {process.ExitCode}: {string.Join(" | ", last.TakeLast(3))}. By hand: {CommandLine(packages)}");
        }
    }

    // Where there is a terminal sudo may ask for the password; where there is none it must not wait for one.
    private static ProcessStartInfo Line(string names, IReadOnlyList<string> packages)
    {
        string[] shell = ["/bin/sh", "-c", $"exec 2>&1\n{Script}", "sh", .. packages];
        string[] line = ServiceUser.Root ? shell
            : File.Exists("/usr/bin/sudo") ? ["/usr/bin/sudo", .. Console.IsInputRedirected ? (string[])["-n"] : [], "--", .. shell]
            : throw new DistributedApplicationException(
                $"Missing on this machine: {names}. Installing needs root, and there is no sudo: run as root {CommandLine(packages)}");
        return new ProcessStartInfo(line[0], line.Skip(1)) { RedirectStandardInput = true, RedirectStandardOutput = true };
    }
}
