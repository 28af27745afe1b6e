using System.CommandLine;
using AgentOps.Ledger;
using AgentOps.Proofs;

namespace AgentOps.Cli.Commands;

/// <summary><c>agentops witness run</c>: a second pair of eyes on a ledger, to be run by somebody else than who runs the stack.</summary>
public static class WitnessCommand
{
    private static readonly Option<DirectoryInfo> Folder = new("--folder") { Description = "Where the newest checkpoint of each log is kept.", Required = true };
    private static readonly Option<FileInfo> Key = new("--key") { Description = "The witness's private key, PEM; it is made where there is none.", Required = true };
    private static readonly Option<string[]> Logs = new("--log") { Description = "The public key of a log; several times for several logs, or for a log whose key was rotated.", Required = true };
    private static readonly Option<string> Name = new("--name") { Description = "The witness's name, without spaces and plus.", DefaultValueFactory = _ => "agentops.witness" };
    private static readonly Option<int> Port = new("--port") { Description = "On the loopback address.", DefaultValueFactory = _ => 8090 };

    public static Command Create()
    {
        Command run = new("run", "Cosign each checkpoint of a log that is proved to continue the last one, and no other; C2SP tlog-witness.") { Folder, Key, Logs, Name, Port };
        run.SetAction(RunAsync);
        return new("witness", "A witness of somebody's ledger.") { run };
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        try
        {
            var key = PrivateKeyFile.Open(parsed.GetValue(Key)!.FullName);
            var name = parsed.GetValue(Name)!;
            var logs = parsed.GetValue(Logs)!.Select(NoteKey.Parse).ToList();
            var memory = new WitnessMemory(Directory.CreateDirectory(parsed.GetValue(Folder)!.FullName).FullName, logs, name, key, TimeProvider.System);
            await using var server = WitnessServer.Create(memory, parsed.GetValue(Port));
            await server.StartAsync(ct);
            Console.WriteLine($"AGENTOPS_WITNESS_URL={server.Urls.First()}");
            Console.WriteLine($"AGENTOPS_WITNESS_KEY={new CosignatureKey(name, key.ExportSubjectPublicKeyInfo())}");
            await Task.Delay(Timeout.Infinite, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await server.StopAsync(CancellationToken.None);
            return ExitCode.Success;
        }
        catch (Exception wrong) when (wrong is FormatException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"The witness cannot run: {wrong.Message}");
            return ExitCode.Usage;
        }
    }
}
