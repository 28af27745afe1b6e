using System.Diagnostics;
using System.Runtime.InteropServices;
using AgentOps.Benchmarks;
using Microsoft.Win32.SafeHandles;

namespace AgentOps.LedgerBenchmark;

/// <summary>What a commit waits for: the time that the disk under the data folder takes to keep 8 KiB.</summary>
internal static class Disk
{
    private const int Block = 8192;
    private const int Blocks = 256;
    private const int Times = 300;

    /// <summary>Writes and syncs as PostgreSQL does with its log: over space that the file has already, with fdatasync.</summary>
    /// <returns>Milliseconds: the median, and the 95th percentile.</returns>
    public static (double Median, double P95) SyncLatency(string folder)
    {
        var path = Path.Combine(folder, "sync-latency");
        try
        {
            using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
            RandomAccess.Write(file, new byte[Block * Blocks], 0);
            Sync(file, path);
            var block = new byte[Block];
            var times = new double[Times];
            for (var i = 0; i < Times; i++)
            {
                var start = Stopwatch.GetTimestamp();
                RandomAccess.Write(file, block, (long)(i % Blocks) * Block);
                Sync(file, path);
                times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }
            Array.Sort(times);
            return (Median.Of(times), times[Times * 95 / 100]);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void Sync(SafeFileHandle file, string path)
    {
        if (fdatasync((int)file.DangerousGetHandle()) != 0)
            throw new IOException($"fdatasync of {path} failed with error {Marshal.GetLastPInvokeError()}.");
    }

    [DllImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static extern int fdatasync(int descriptor);
}
