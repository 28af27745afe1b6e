using System.CommandLine;
using System.Text.Json;
using AgentOps.Proofs;

namespace AgentOps.Cli.Commands;

/// <summary><c>agentops audit export|verify</c>, that of <see cref="RecordCommand"/> and those of <see cref="ModelSignatureCommands"/>: evidence of what a model is made of, for somebody who has nothing but the bundle and a public key.</summary>
public static class AuditCommands
{
    private static readonly Argument<string> Subject = new("model") { Description = $"{LineageSubject.Written}." };
    private static readonly Option<DateTimeOffset?> At = new("--at") { Description = "As the alias or the deployment was then, such as 2026-11-25T10:00:00Z." };
    private static readonly Option<bool> Datasets = new("--datasets") { Description = "With the contents of the data sets: their samples, and the lists of whose they are." };
    private static readonly Option<FileInfo> Out = new("--out") { Description = "The bundle to write.", Required = true };
    private static readonly Argument<FileInfo> Bundle = new("bundle") { Description = "The bundle to verify." };
    private static readonly Option<FileInfo?> Key = new("--key") { Description = "The ledger's public key, obtained from somebody you trust (key.pub of its checkpoints, the first); without it the bundle's own key is taken." };

    private static readonly Option<DirectoryInfo?> Folder = new("--checkpoints") { Description = "A copy of the ledger's folder of checkpoints, kept elsewhere: the bundle must be under one of them." };

    private static readonly Option<string?> WitnessKey = new("--witness") { Description = "The public key of a witness that must have cosigned the bundle's checkpoint." };

    public static Command Create()
    {
        Command audit = new("audit", "Evidence of what a model is made of, to be verified without the stack.");
        audit.Subcommands.Add(new Command("export", "Write an evidence bundle: every event of the lineage with its proof, how the alias was moved, and the model's files.") { Subject, At, Datasets, Out }.Doing(ExportAsync));
        Command verify = new("verify", "Verify a bundle offline and show the lineage that it proves; exit code 1 and a sentence where something does not fit.") { Bundle, Key, Folder, WitnessKey };
        verify.SetAction(Verify);
        audit.Subcommands.Add(verify);
        audit.Subcommands.Add(RecordCommand.Create());
        ModelSignatureCommands.AddTo(audit);
        return audit;
    }

    private static async Task<int> ExportAsync(ParseResult parsed, Gateway gateway, CancellationToken ct)
    {
        var target = parsed.GetValue(Out)!.FullName;
        await gateway.DownloadAsync(await LineageSubject.PathAsync(gateway, parsed.GetValue(Subject)!, "evidence", parsed.GetValue(At), null, ct, parsed.GetValue(Datasets)), target, ct);
        return Output.Print(parsed, JsonSerializer.SerializeToElement(new { bundle = target }), _ => Console.WriteLine($"{target}: verify it with `agentops audit verify`."));
    }

    private static int Verify(ParseResult parsed) => new OfflineVerification(Console.Out, Console.Error, Trees.Show).Bundle(
        parsed.GetValue(Bundle)!.FullName, parsed.GetValue(Key)?.FullName, parsed.GetValue(Folder)?.FullName, parsed.GetValue(WitnessKey), parsed.GetValue(Output.Json));
}
