using System.Diagnostics;
using AgentOps.Contracts;
using AgentOps.Ledger;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentOps.LedgerBenchmark;

/// <summary>Sealer and publisher of signed checkpoints in a process of their own beside all that is measured, as Registry runs them beside the services that append.</summary>
internal sealed class SigningProcess : IAsyncDisposable
{
    // What is promised is five seconds.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(100);

    private readonly PrivateLedger _ledger;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ledger-benchmark-");
    private readonly Process _process;

    private SigningProcess(PrivateLedger ledger)
    {
        _ledger = ledger;
        _process = Worker.Start(ledger.RegistryConnectionString, "sign", _folder.FullName);
    }

    /// <summary>What was signed meanwhile, outside the database.</summary>
    public CheckpointFolder Checkpoints => FolderIn(_folder.FullName);

    public static async Task<SigningProcess> StartAsync(PrivateLedger ledger)
    {
        var signing = new SigningProcess(ledger);
        await Worker.NextLineAsync(signing._process);
        return signing;
    }

    /// <summary>What such a process does: seals and signs until its input ends.</summary>
    public static async Task<int> WorkAsync(string folder)
    {
        await using var source = LedgerDataSource.Create(Worker.Database);
        await using var store = new LedgerStore(source, AllEvents.Registry, new Producer("registry", "benchmark"));
        var checkpoints = FolderIn(folder);
        using var publisher = new CheckpointPublisher(store, checkpoints, new LogKeys(checkpoints, Path.Combine(folder, "checkpoint.key")), NullLogger<CheckpointPublisher>.Instance);
        using var stop = new CancellationTokenSource();
        var working = Task.WhenAll(new Sealer(store, NullLogger<Sealer>.Instance).RunAsync(stop.Token), publisher.RunAsync(stop.Token));
        Console.WriteLine("ready");
        await await Task.WhenAny(Console.In.ReadLineAsync(), working);
        await stop.CancelAsync();
        await working.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return 0;
    }

    /// <summary>Returns when all that was appended is signed: what one measurement left to do is not done within the next.</summary>
    public async Task CaughtUpAsync()
    {
        var start = Stopwatch.GetTimestamp();
        while (await SignedTree.LastAsync(_ledger.Service, null) is not { } signed || signed.Size < await _ledger.Store.HeadAsync())
            if (Stopwatch.GetElapsedTime(start) > Patience)
                throw new InvalidOperationException($"After {Patience.TotalSeconds:F0} s not all that was appended is signed.");
            else
                await Task.Delay(LookAgainAfter);
    }

    public async ValueTask DisposeAsync()
    {
        await Worker.EndAsync(_process);
        _folder.Delete(recursive: true);
    }

    private static CheckpointFolder FolderIn(string folder) => new(Path.Combine(folder, "checkpoints"));
}
