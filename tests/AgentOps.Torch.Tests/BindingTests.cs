using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using AgentOps.Torch.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace AgentOps.Torch.Tests;

public sealed partial class BindingTests
{
    private static IEnumerable<MethodInfo> Imports => typeof(Native)
        .GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
        .Where(method => method.GetCustomAttribute<DllImportAttribute>() is not null);

    [Fact]
    public void Every_imported_symbol_is_in_the_built_library()
    {
        var missing = Imports.Where(import => !NativeLibrary.TryGetExport(ShimLibrary.Handle, import.Name, out _)).Select(import => import.Name);
        Assert.Empty(missing);
        Assert.True(Imports.Count() > 150);
    }

    [Fact]
    public void Every_import_takes_what_the_native_function_takes()
    {
        var native = NativeSignatures();
        foreach (var import in Imports.Where(import => native.ContainsKey(import.Name)))
        {
            Assert.Equal((import.Name, native[import.Name]), (import.Name, string.Join(", ", import.GetParameters().Select(p => Written(p.ParameterType)))));
        }

        // The rest is made by the macros of pointwise.cpp, all of them of one of few shapes.
        Assert.True(Imports.Count(import => native.ContainsKey(import.Name)) > 120);
    }

    [Fact]
    public void An_exception_carries_torchs_own_message()
    {
        using var scope = NewDisposeScope();
        var refused = Assert.Throws<TorchException>(() => zeros(2, 3).mm(zeros(2, 3)));
        Assert.Contains("mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("frame #", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refused_call_leaves_the_next_one_unharmed()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<TorchException>(() => zeros(2).view(3));
        Assert.Equal(2, ones(2).sum().item<float>());
    }

    [Fact]
    public void A_disposed_tensor_says_so()
    {
        var tensor = ones(2);
        tensor.Dispose();
        Assert.Throws<ObjectDisposedException>(() => tensor.sum());
    }

    [Fact]
    public void The_library_tells_what_decides_its_bits()
    {
        var info = NativeLibraryInfo.Read();
        Assert.Matches("^[0-9a-f]{64}$", info.ShimHash);
        Assert.Matches("^[0-9]+\\.[0-9]+", info.LibTorchVersion);
        Assert.Matches("^[0-9a-f]{16,}$", info.LibTorchBuild);
        Assert.NotEmpty(info.CpuCapability);
        Assert.Equal(get_num_threads(), info.Threads);
    }

    [Fact]
    public void Numbers_of_every_kind_arrive_as_they_were_given()
    {
        using var scope = NewDisposeScope();
        // 3 - 0.5 * 3 = 1.5
        Assert.Equal(1.5f, full([1], 3f).sub(full([1], 3f), 0.5).item<float>());
        Assert.Equal([1f, 3f], arange(1f, 5f, 2f).data<float>().ToArray());
    }

    private static Dictionary<string, string> NativeSignatures()
    {
        var found = new Dictionary<string, string>();
        foreach (var (name, bytes) in ShimSource.Files.Where(file => file.Name.EndsWith(".cpp", StringComparison.Ordinal)))
        {
            foreach (Match match in Function().Matches(Encoding.UTF8.GetString(bytes)))
            {
                var parameters = match.Groups["parameters"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
                found[match.Groups["name"].Value] = string.Join(", ", parameters.Select(Written));
            }
        }

        return found;
    }

    private static string Written(string parameter) => Name().Replace(parameter, "").Replace("const ", "", StringComparison.Ordinal).Trim() switch
    {
        "Handle" or "GeneratorHandle" or "InferenceHandle" or "GroupHandle" => "handle",
        "Handle*" or "GeneratorHandle*" or "InferenceHandle*" or "GroupHandle*" => "handle*",
        var type => type,
    };

    private static string Written(Type type) => type switch
    {
        { IsPointer: true } => Written(type.GetElementType()!) + "*",
        _ when type == typeof(nint) => "handle",
        _ when type == typeof(long) => "int64_t",
        _ when type == typeof(ulong) => "uint64_t",
        _ when type == typeof(byte) => "char",
        _ when type == typeof(double) => "double",
        _ when type == typeof(void) => "void",
        _ => type.Name,
    };

    [GeneratedRegex(@"SHIM_API (?:int|const char\*) (?<name>\w+)\((?<parameters>[^)]*)\)")]
    private static partial Regex Function();

    [GeneratedRegex(@"\w+$")]
    private static partial Regex Name();
}
