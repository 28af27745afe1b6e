using AgentOps.Artifacts;
using AgentOps.Contracts;

namespace AgentOps.EndToEnd.Tests;

/// <summary>The artifact folder that all services share.</summary>
public static class StoredArtifacts
{
    public static string ArtifactFolder(this Stack stack) => Path.Combine(stack.App.Home, "artifacts");

    /// <summary>Whatever stands under a digest is what the digest names, file by file; what is half written stands under none.</summary>
    public static async Task AssertArtifactsWholeAsync(this Stack stack)
    {
        var store = new ArtifactStore(stack.ArtifactFolder());
        foreach (var file in Under(stack, "sha256"))
            await store.ReadAsync(file);
        foreach (var folder in Under(stack, "folders"))
            foreach (var entry in (await store.ManifestAsync(folder)).Files)
                Assert.True(await store.ExistsAsync(entry.Digest), $"{entry.Name} of folder {folder} is not there.");
    }

    private static IEnumerable<Digest> Under(Stack stack, string kind) =>
        from path in Directory.EnumerateFiles(Path.Combine(stack.ArtifactFolder(), kind), "*", SearchOption.AllDirectories)
        select Digest.Parse($"sha256:{Path.GetFileName(Path.GetDirectoryName(path))}{Path.GetFileNameWithoutExtension(path)}");
}
