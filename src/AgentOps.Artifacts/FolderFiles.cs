namespace AgentOps.Artifacts;

/// <summary>The regular files below a folder with their names inside it.</summary>
internal static class FolderFiles
{
    private const int DeepestFolder = 32;

    /// <exception cref="ArtifactRefusedException">The folder is absent or too deep, or something in it is neither a regular file nor a folder.</exception>
    public static IReadOnlyList<(string Name, string Path)> Of(string folder)
    {
        if (!Directory.Exists(folder))
            throw new ArtifactRefusedException($"There is no folder {folder} to store.");
        var found = new List<(string, string)>();
        Collect(folder, "", 0, found);
        return found;
    }

    private static void Collect(string folder, string prefix, int depth, List<(string Name, string Path)> found)
    {
        if (depth > DeepestFolder)
            throw new ArtifactRefusedException($"The folder {folder} cannot be stored: it lies more than {DeepestFolder} folders deep.");
        foreach (var path in Directory.EnumerateFileSystemEntries(folder))
        {
            var name = prefix + Path.GetFileName(path);
            switch (FileKinds.Of(path))
            {
                case FileKind.Regular when found.Count == FolderManifest.MostFiles:
                    throw new ArtifactRefusedException($"The folder {folder} cannot be stored: it holds more than {FolderManifest.MostFiles} files.");
                case FileKind.Regular:
                    found.Add((name, path));
                    break;
                case FileKind.Folder:
                    Collect(path, name + "/", depth + 1, found);
                    break;
                case var kind:
                    var what = kind == FileKind.SymbolicLink ? "a symbolic link" : "neither a file nor a folder";
                    throw new ArtifactRefusedException($"The folder cannot be stored: {path} is {what}. Copy the file itself into the folder.");
            }
        }
    }
}
