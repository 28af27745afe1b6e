using AgentOps.Torch.Interop;

namespace AgentOps.Torch.Tests;

public sealed class ShimBuildTests : IDisposable
{
    private readonly Dictionary<string, string?> before = [];
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory();

    [Fact]
    public void A_folder_without_libtorch_is_named_with_what_to_install()
    {
        Set("LIBTORCH", folder.FullName);
        var missing = Assert.Throws<LibTorchMissingException>(LibTorch.Find);
        Assert.Contains(folder.FullName, missing.Message, StringComparison.Ordinal);
        Assert.Contains("apt-get install --no-install-recommends g++ libtorch-dev libgloo-dev libopenblas0-openmp", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_machine_without_a_compiler_is_told_what_to_install()
    {
        Set("XDG_CACHE_HOME", folder.FullName);
        Set("PATH", folder.FullName);
        var missing = Assert.Throws<LibTorchMissingException>(() => ShimBuild.Ensure(LibTorch.Find(), "none"));
        Assert.Contains("g++ is not installed; run: apt-get install", missing.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.FullName, "*.so", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_built_library_is_used_again()
    {
        Set("XDG_CACHE_HOME", folder.FullName);
        Set("PATH", folder.FullName);
        var native = folder.CreateSubdirectory(Path.Combine("agentops", "native"));
        var built = Path.Combine(native.FullName, "agentops_torch-known.so");
        File.WriteAllText(built, "");
        Assert.Equal(built, ShimBuild.Ensure(LibTorch.Find(), "known"));
    }

    [Fact]
    public void Another_libtorch_or_another_flag_gives_another_hash()
    {
        var torch = LibTorch.Find();
        Assert.Equal(ShimSource.Hash(torch), ShimSource.Hash(torch));
        Assert.NotEqual(ShimSource.Hash(torch), ShimSource.Hash(torch with { Version = "0" }));
        Assert.NotEqual(ShimSource.Hash(torch), ShimSource.Hash(torch with { BuildId = "0" }));
        Assert.NotEqual(ShimSource.Hash(torch), ShimSource.Hash(torch with { Root = "/elsewhere" }));
    }

    [Fact]
    public void Every_source_belongs_to_one_unit() => Assert.Equal(
        ShimSource.Files.Select(file => file.Name).Where(name => name.EndsWith(".cpp", StringComparison.Ordinal)),
        ShimSource.Units.SelectMany(unit => unit.Sources).Select(source => source + ".cpp").Order(StringComparer.Ordinal));

    public void Dispose()
    {
        foreach (var (name, value) in before)
        {
            Environment.SetEnvironmentVariable(name, value);
        }

        folder.Delete(recursive: true);
    }

    private void Set(string name, string value)
    {
        before.TryAdd(name, Environment.GetEnvironmentVariable(name));
        Environment.SetEnvironmentVariable(name, value);
    }
}
