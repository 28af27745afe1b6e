using System.Diagnostics;

namespace AgentOps.Artifacts.Tests;

/// <summary>A real disk that is soon full: a tmpfs of a given size. Mounting it takes root, or sudo without a password.</summary>
internal static class SmallDisk
{
    private static readonly Lazy<string?> WhyNot = new(() =>
    {
        using var folder = new TemporaryFolder();
        var error = TryMount(folder.Path, 64 << 10);
        if (error is null)
            Unmount(folder.Path);
        return error;
    });

    /// <summary>Null where a small disk can be mounted, otherwise what the system says against it.</summary>
    public static string? Obstacle => WhyNot.Value;

    public static void Mount(string folder, int bytes) => Assert.Null(TryMount(folder, bytes));

    public static void Unmount(string folder) => Assert.Null(Run("umount", "--lazy", folder));

    private static string? TryMount(string folder, int bytes) => Run("mount", "-t", "tmpfs", "-o", $"size={bytes}", "tmpfs", folder);

    private static string? Run(params string[] command)
    {
        if (!OperatingSystem.IsLinux())
            return "tmpfs is Linux's";
        string[] all = Environment.IsPrivilegedProcess ? command : ["sudo", "-n", .. command];
        try
        {
            using var process = Process.Start(new ProcessStartInfo(all[0], all[1..]) { RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : $"{string.Join(' ', all)}: {error.Trim()}";
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            return $"{all[0]}: {error.Message}";
        }
    }
}

/// <summary>A fact that needs a small disk, skipped with the reason where none can be mounted.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FactOnSmallDiskAttribute : FactAttribute
{
    public FactOnSmallDiskAttribute()
    {
        if (SmallDisk.Obstacle is { } obstacle)
            Skip = $"A full disk is made by mounting a small tmpfs, which this machine does not allow ({obstacle}): run the test as root.";
    }
}
