using System.Diagnostics;

namespace AgentOps.TrainBenchmark;

/// <summary>The binding's own matrix product as a library that another process can be given before all others.</summary>
internal static class PreloadedProduct
{
    /// <returns>The library's path.</returns>
    /// <exception cref="InvalidOperationException">It cannot be compiled.</exception>
    public static string Compile(string folder)
    {
        var library = Path.Combine(folder, "libproduct.so");
        var start = new ProcessStartInfo("g++", ["-O2", "-std=c++17", "-shared", "-fPIC", "-DSHIM_FORWARD_SGEMM", "-o", library, Path.Combine(AppContext.BaseDirectory, "product", "product.cpp"), "-l:libdnnl.so.2"]);
        using var compiler = Process.Start(start)!;
        compiler.WaitForExit();
        return compiler.ExitCode == 0 ? library : throw new InvalidOperationException($"g++ could not compile the matrix product: g++ {string.Join(' ', start.ArgumentList)}");
    }
}
