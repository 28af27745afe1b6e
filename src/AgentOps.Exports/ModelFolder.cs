using AgentOps.Artifacts;
using AgentOps.Contracts;

namespace AgentOps.Exports;

/// <summary>A model's folder as a signature is compared with it.</summary>
public static class ModelFolder
{
    private const long MostSignatureBytes = 64 << 20;

    /// <summary>Verifies a folder against its signature, all offline. The signature itself may lie in the folder.</summary>
    /// <param name="signature">A Sigstore bundle of OpenSSF Model Signing v1.0.</param>
    /// <exception cref="SignatureRefusedException">The signature is not of a key that is trusted, or the folder is not what was signed.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static async Task<SignedModel> VerifyAsync(string folder, string signature, IReadOnlyList<PublicKey> trusted, CancellationToken ct = default)
    {
        if (new FileInfo(signature).Length > MostSignatureBytes)
            throw new SignatureRefusedException($"{signature} is larger than a signature can be.");
        var model = ModelSigning.Open(await File.ReadAllBytesAsync(signature, ct), trusted);
        var found = new List<ModelFile>();
        foreach (var (name, path) in Files(Path.GetFullPath(folder), model.Ignored).Where(file => file.Path != Path.GetFullPath(signature)))
        {
            await using var content = File.OpenRead(path);
            found.Add(new(name, await Digest.OfAsync(content, ct)));
        }
        ModelSigning.Check(model, found);
        return model;
    }

    /// <summary>The folder's regular files; what is left out is not gone into.</summary>
    private static IEnumerable<(string Name, string Path)> Files(string root, IReadOnlyList<string> ignored)
    {
        var open = new Stack<string>([root]);
        while (open.TryPop(out var folder))
            foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
            {
                var name = Path.GetRelativePath(root, entry.FullName).Replace(Path.DirectorySeparatorChar, '/');
                if (ignored.Any(path => ModelSigning.IsWithin(name, path)))
                    continue;
                switch (FileKinds.Of(entry.FullName))
                {
                    case FileKind.Folder:
                        open.Push(entry.FullName);
                        break;
                    case FileKind.Regular:
                        yield return (name, entry.FullName);
                        break;
                    case FileKind.SymbolicLink:
                        throw new SignatureRefusedException($"{name} is a symbolic link, which no signature covers.");
                    default:
                        throw new SignatureRefusedException($"{name} is no regular file.");
                }
            }
    }
}
