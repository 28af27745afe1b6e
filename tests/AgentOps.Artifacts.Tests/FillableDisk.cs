namespace AgentOps.Artifacts.Tests;

/// <summary>A small disk of its own that a test fills and makes room on again. Where none can be mounted it is an ordinary folder, and the facts about it are skipped.</summary>
internal sealed class FillableDisk : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public FillableDisk(int bytes)
    {
        if (SmallDisk.Obstacle is null)
            SmallDisk.Mount(Path, bytes);
    }

    public string Path => _folder.Path;

    private string Ballast => System.IO.Path.Combine(Path, "ballast");

    /// <summary>Takes all room but this, in bytes.</summary>
    public Task FillAsync(int room = 0) => File.WriteAllBytesAsync(Ballast, new byte[new DriveInfo(Path).AvailableFreeSpace - room]);

    public void MakeRoom() => File.Delete(Ballast);

    public IReadOnlyList<string> Below(string name) => _folder.Below(name);

    public void Dispose()
    {
        if (SmallDisk.Obstacle is null)
            SmallDisk.Unmount(Path);
        _folder.Dispose();
    }
}
