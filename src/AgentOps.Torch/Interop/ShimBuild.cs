using System.Diagnostics;

namespace AgentOps.Torch.Interop;

/// <summary>Compiles the shim once per hash into the user's cache; other processes wait for the one that compiles.</summary>
internal static class ShimBuild
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>The path of the built library.</summary>
    /// <exception cref="LibTorchMissingException">There is no compiler, or it refused the sources.</exception>
    internal static string Ensure(LibTorch torch, string hash)
    {
        var folder = Path.Combine(Cache(), "native");
        var library = Path.Combine(folder, $"agentops_torch-{hash}.so");
        if (File.Exists(library))
        {
            return library;
        }

        Directory.CreateDirectory(folder);
        using var held = Lock(Path.Combine(folder, $"{hash}.lock"));
        if (!File.Exists(library))
        {
            Compile(torch, folder, library);
        }

        return library;
    }

    private static string Cache()
    {
        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg
            ? xdg
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        return Path.Combine(cache, "agentops");
    }

    private static FileStream Lock(string path)
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (waited.Elapsed < Patience && Directory.Exists(Path.GetDirectoryName(path)))
            {
                // Another process compiles. Nothing tells when a file lock is free, and a native library is loaded by a call that cannot await.
                Thread.Sleep(100);
            }
        }
    }

    private static void Compile(LibTorch torch, string folder, string library)
    {
        Console.Error.WriteLine($"agentops: compiling the libtorch {torch.Version} binding, once for this version (some 10 s) ...");
        var started = Stopwatch.StartNew();
        var work = Directory.CreateTempSubdirectory("agentops-torch-");
        try
        {
            foreach (var (name, bytes) in ShimSource.Files)
            {
                File.WriteAllBytes(Path.Combine(work.FullName, name), bytes);
            }

            Parallel.ForEach(
                ShimSource.Units,
                new ParallelOptions { MaxDegreeOfParallelism = 2 },
                unit => Compile(torch, work.FullName, unit));

            var built = Path.Combine(folder, $".{Path.GetFileName(library)}.{Environment.ProcessId}");
            Run(work.FullName, ["-shared", "-o", built, .. ShimSource.Units.Select(unit => unit.Name + ".o"), .. torch.LinkerFlags, "-Wl,-z,defs"]);
            File.Move(built, library, overwrite: true);
        }
        catch (AggregateException failures) when (failures.InnerException is LibTorchMissingException first)
        {
            throw new LibTorchMissingException(first.Message, failures);
        }
        finally
        {
            work.Delete(recursive: true);
        }

        Console.Error.WriteLine($"agentops: compiled the libtorch binding in {started.Elapsed.TotalSeconds:F0} s");
    }

    private static void Compile(LibTorch torch, string folder, ShimUnit unit)
    {
        File.WriteAllText(Path.Combine(folder, unit.Name + ".unit.cpp"), unit.Text);
        Run(folder, [.. ShimSource.Flags, .. unit.Flags, .. torch.CompilerFlags, "-c", unit.Name + ".unit.cpp", "-o", unit.Name + ".o"]);
    }

    private static void Run(string folder, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo("g++", arguments) { WorkingDirectory = folder, RedirectStandardError = true };
        start.Environment["LC_ALL"] = "C";
        using var compiler = Start(start);
        var said = compiler.StandardError.ReadToEndAsync();
        if (!compiler.WaitForExit(Patience))
        {
            compiler.Kill(entireProcessTree: true);
            throw new LibTorchMissingException($"g++ did not end within {Patience.TotalMinutes} minutes: g++ {string.Join(' ', arguments)}");
        }

        if (compiler.ExitCode != 0)
        {
            var lines = said.GetAwaiter().GetResult().Split('\n').Where(line => line.Contains("error", StringComparison.Ordinal)).Take(5);
            throw new LibTorchMissingException($"g++ could not build the libtorch binding (g++ {string.Join(' ', arguments)}): {string.Join(' ', lines)}");
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            throw new LibTorchMissingException($"the C++ compiler g++ is not installed; run: {LibTorch.Install}", missing);
        }
    }
}
