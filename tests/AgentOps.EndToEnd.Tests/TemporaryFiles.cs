using System.Threading.Channels;

namespace AgentOps.EndToEnd.Tests;

/// <summary>What comes into being in the artifact store's temporary folder.</summary>
public sealed class TemporaryFiles : IDisposable
{
    private readonly Channel<string> _created = Channel.CreateUnbounded<string>();
    private readonly string _folder;
    private readonly FileSystemWatcher _watcher;
    private readonly HashSet<string> _left;

    public TemporaryFiles(Stack stack)
    {
        _folder = Path.Combine(stack.ArtifactFolder(), "temporary");
        _watcher = new(_folder) { NotifyFilter = NotifyFilters.FileName, IncludeSubdirectories = true };
        _watcher.Created += (_, file) => _created.Writer.TryWrite(file.FullPath);
        _watcher.EnableRaisingEvents = true;
        _left = [.. Directory.EnumerateDirectories(_folder)];
    }

    /// <summary>Stops a process at every file that is created, and kills it when it stands still in the midst of a folder that fits. The folder it leaves is returned.</summary>
    public async Task<string> KillAmidFolderAsync(Stack stack, string process, Func<string, bool> fits)
    {
        while (true)
        {
            await NextFileAsync();
            var pid = stack.PidOf(process);
            await Signals.StopAsync(pid);
            if (Directory.EnumerateDirectories(_folder).FirstOrDefault(folder => !_left.Contains(folder) && fits(folder)) is { } caught)
            {
                _left.Add(caught);
                await stack.KillAsync(process);
                return caught;
            }
            Signals.LetGo(pid);
        }
    }

    /// <summary>Returns when a file that belongs to no folder has been created.</summary>
    public async Task NextSingleFileAsync()
    {
        while (Path.GetDirectoryName(await NextFileAsync()) != _folder)
        {
            // It belongs to a folder.
        }
    }

    public void Dispose() => _watcher.Dispose();

    private async Task<string> NextFileAsync()
    {
        using var limit = new CancellationTokenSource(Patience.Limit);
        return await _created.Reader.ReadAsync(limit.Token);
    }
}
