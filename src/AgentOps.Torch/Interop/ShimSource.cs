using System.Security.Cryptography;
using System.Text;

namespace AgentOps.Torch.Interop;

/// <summary>The shim's sources, carried inside this assembly, and the hash that names a build of them.</summary>
internal static class ShimSource
{
    private const string Prefix = "native/";

    /// <summary>What every unit is compiled with.</summary>
    internal static IReadOnlyList<string> Flags { get; } = ["-std=c++17", "-fPIC", "-fvisibility=hidden"];

    /// <summary>
    /// The sources that are compiled together: reading torch's headers costs more than all the rest, so each group reads them once.
    /// Arithmetic is compiled to vectors, with no option that changes what it computes.
    /// </summary>
    internal static IReadOnlyList<ShimUnit> Units { get; } =
    [
        new("gradients", ["-O2", "-fopenmp"], ["autograd", "embedding", "kernels", "attention", "quantised"]),
        new("operations", ["-O2", "-fopenmp"], ["library", "memory", "tensors", "creation", "pointwise", "shapes", "reductions", "layers", "optim", "product"]),
        new("collectives", ["-O2"], ["collectives"]),
        new("arithmetic", ["-O3", "-fno-math-errno", "-fno-trapping-math", "-fopenmp-simd"], ["rows", "softmax_rows"]),
    ];

    /// <summary>File name and bytes, ordered by name.</summary>
    internal static IReadOnlyList<(string Name, byte[] Bytes)> Files { get; } = Load();

    /// <summary>SHA-256 in hexadecimal over the sources, the flags and libtorch's version and build.</summary>
    internal static string Hash(LibTorch torch)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, bytes) in Files)
        {
            Add(hash, Encoding.UTF8.GetBytes(name));
            Add(hash, bytes);
        }

        string[] build = [.. Flags, .. Units.Select(unit => unit.ToString()), .. torch.CompilerFlags, .. torch.LinkerFlags, torch.Version, torch.BuildId];
        foreach (var part in build)
        {
            Add(hash, Encoding.UTF8.GetBytes(part));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Add(IncrementalHash hash, byte[] part)
    {
        hash.AppendData(BitConverter.GetBytes((long)part.Length));
        hash.AppendData(part);
    }

    private static (string, byte[])[] Load()
    {
        var assembly = typeof(ShimSource).Assembly;
        return [.. assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name =>
            {
                using var stream = assembly.GetManifestResourceStream(name)!;
                var bytes = new byte[stream.Length];
                stream.ReadExactly(bytes);
                return (name[Prefix.Length..], bytes);
            })];
    }
}

/// <summary>A group of sources that is compiled as one.</summary>
internal sealed record ShimUnit(string Name, IReadOnlyList<string> Flags, IReadOnlyList<string> Sources)
{
    internal string Text => string.Concat(Sources.Select(source => $"#include \"{source}.cpp\"\n"));

    public override string ToString() => $"{Name} {string.Join(' ', Flags)} {string.Join(' ', Sources)}";
}
