using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace AgentOps.Torch.Interop;

/// <summary>The libtorch that the shim is built against: the system's, or the one LIBTORCH points at.</summary>
internal sealed partial record LibTorch(string? Root, string Library, string Version, string BuildId)
{
    internal const string Install = "apt-get install --no-install-recommends g++ libtorch-dev libgloo-dev libopenblas0-openmp";

    /// <exception cref="LibTorchMissingException">There is no libtorch where it is looked for.</exception>
    internal static LibTorch Find()
    {
        var root = Environment.GetEnvironmentVariable("LIBTORCH") is { Length: > 0 } given ? given : null;
        var library = Folders(root).Select(folder => Path.Combine(folder, "libtorch_cpu.so")).FirstOrDefault(File.Exists);
        var header = Path.Combine(root ?? "/usr", "include/torch/csrc/api/include/torch/version.h");
        if (library is null || !File.Exists(header))
        {
            throw new LibTorchMissingException(root is null
                ? $"libtorch with its headers is not installed; run: {Install}"
                : $"LIBTORCH={root} holds no libtorch with headers; point it at an unpacked libtorch or run: {Install}");
        }

        var version = VersionText().Match(File.ReadAllText(header));
        return new(root, library, version.Success ? version.Groups[1].Value : "unknown", ElfBuildId.Of(library));
    }

    /// <summary>The flags that name this libtorch to the compiler.</summary>
    internal IReadOnlyList<string> CompilerFlags =>
    [
        .. Root is null
            ? (string[])["-I/usr/include/torch/csrc/api/include", "-DSHIM_FORWARD_SGEMM"]
            : [$"-I{Root}/include", $"-I{Root}/include/torch/csrc/api/include"],
        .. File.Exists(Path.Combine(Root ?? "/usr", "include/gloo/config.h")) ? (string[])["-DSHIM_GLOO"] : [],
    ];

    /// <summary>The flags that name this libtorch to the linker; CUDA's kernels register themselves when they are loaded.</summary>
    internal IReadOnlyList<string> LinkerFlags
    {
        get
        {
            List<string> flags = Root is null ? [] : [$"-L{Root}/lib", $"-Wl,-rpath,{Root}/lib"];
            flags.AddRange(["-fopenmp", "-ltorch", "-ltorch_cpu", "-lc10"]);
            if (File.Exists(Path.Combine(Path.GetDirectoryName(Library)!, "libtorch_cuda.so")))
            {
                flags.AddRange(["-Wl,--no-as-needed", "-ltorch_cuda", "-lc10_cuda"]);
            }

            if (Root is null)
            {
                flags.Add("-l:libdnnl.so.2");
            }

            return flags;
        }
    }

    private static IEnumerable<string> Folders(string? root) => root is null
        ? [$"/usr/lib/{(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "aarch64" : "x86_64")}-linux-gnu", "/usr/lib", "/usr/lib64"]
        : [Path.Combine(root, "lib")];

    [GeneratedRegex("#define TORCH_VERSION \\\\?\\s*\"([^\"]+)\"")]
    private static partial Regex VersionText();
}
