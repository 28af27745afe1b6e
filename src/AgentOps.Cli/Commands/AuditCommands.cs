using System.CommandLine;
using System.Text.Json;
using AgentOps.Ledger;
using AgentOps.Proofs;
using Spectre.Console;

namespace AgentOps.Cli.Commands;

/// <summary><c>agentops audit export|verify</c>, that of <see cref="RecordCommand"/> and those of <see cref="ModelSignatureCommands"/>: evidence of what a model is made of, for somebody who has nothing but the bundle and a public key.</summary>
public static class AuditCommands
{
    private const int MembersShown = 2;
    private const int OthersShown = 50;
    private static readonly Argument<string> Subject = new("model") { Description = $"{LineageSubject.Written}." };
    private static readonly Option<DateTimeOffset?> At = new("--at") { Description = "As the alias or the deployment was then, such as 2026-11-25T10:00:00Z." };
    private static readonly Option<FileInfo> Out = new("--out") { Description = "The bundle to write.", Required = true };
    private static readonly Argument<FileInfo> Bundle = new("bundle") { Description = "The bundle to verify." };
    private static readonly Option<FileInfo?> Key = new("--key") { Description = "The ledger's public key, obtained from somebody you trust (key.pub of its checkpoints, the first); without it the bundle's own key is taken." };

    private static readonly Option<DirectoryInfo?> Folder = new("--checkpoints") { Description = "A copy of the ledger's folder of checkpoints, kept elsewhere: the bundle must be under one of them." };

    private static readonly Option<string?> WitnessKey = new("--witness") { Description = "The public key of a witness that must have cosigned the bundle's checkpoint." };

    public static Command Create()
    {
        Command audit = new("audit", "Evidence of what a model is made of, to be verified without the stack.");
        audit.Subcommands.Add(new Command("export", "Write an evidence bundle: every event of the lineage with its proof, how the alias was moved, and the model's files.") { Subject, At, Out }.Doing(ExportAsync));
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
        await gateway.DownloadAsync(await LineageSubject.PathAsync(gateway, parsed.GetValue(Subject)!, "evidence", parsed.GetValue(At), null, ct), target, ct);
        return Output.Print(parsed, JsonSerializer.SerializeToElement(new { bundle = target }), _ => Console.WriteLine($"{target}: verify it with `agentops audit verify`."));
    }

    private static int Verify(ParseResult parsed)
    {
        var file = parsed.GetValue(Bundle)!;
        try
        {
            using var bundle = file.OpenRead();
            var trusted = parsed.GetValue(Key) is { } key ? NoteKey.Parse(File.ReadAllText(key.FullName)) : null;
            var evidence = EvidenceVerifier.Verify(bundle, trusted, parsed.GetValue(Folder) is { } folder ? new CheckpointFolder(folder.FullName).All() : null,
                parsed.GetValue(WitnessKey) is { } witness ? CosignatureKey.Parse(witness) : null);
            return Output.Print(parsed, Shown(evidence), lineage => Show(evidence, trusted is not null, lineage));
        }
        catch (EvidenceRefusedException refused)
        {
            Console.Error.WriteLine($"{file.Name} proves nothing. {Output.Printable(refused.Message)}");
            return ExitCode.Failed;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or FormatException)
        {
            Console.Error.WriteLine($"{file.Name} or the key cannot be read: {unreadable.Message}");
            return ExitCode.Usage;
        }
    }

    private static void Show(Evidence evidence, bool trusted, JsonElement lineage)
    {
        AnsiConsole.Write(LineageTree.Of(lineage));
        Console.WriteLine($"{evidence.Events} events, each under the checkpoint of {evidence.Checkpoint.Size} events signed by {evidence.Keys[0].Name}{(evidence.Keys.Count > 1 ? $", whose key was rotated {evidence.Keys.Count - 1} times" : "")}.");
        if (evidence.CosignedAt is { } at)
            Console.WriteLine($"The witness has cosigned that checkpoint at {at:yyyy-MM-dd HH:mm:ss} UTC.");
        Console.WriteLine($"{evidence.Files} files of the model, whose contents in order have the digest {evidence.Subject.Model}; it does not cover their names.");
        if (!trusted)
            Console.WriteLine($"The key came with the bundle. Compare it with one that you trust, or give that with --key: {evidence.Keys[0]}");
    }

    /// <summary>The proved lineage as Registry shows lineages: of many trajectories two are listed and the rest is counted.</summary>
    private static JsonElement Shown(Evidence evidence) => JsonSerializer.SerializeToElement(new
    {
        root = evidence.Subject.Subject,
        complete = true,
        evidence.Subject.Model,
        checkpoint = new { evidence.Checkpoint.Origin, evidence.Checkpoint.Size, evidence.Checkpoint.Root },
        nodes = evidence.Lineage.Select(node => Node(node, node == evidence.Lineage[0] ? Named(evidence) : [])),
        evidence.Move,
        evidence.Deployment,
    }, EvidenceBundle.Json);

    /// <summary>The alias by which a deployment came to its version: its event says which move of it, and no edge does.</summary>
    private static IEnumerable<EvidenceReference> Named(Evidence evidence) =>
        evidence is { Move: { } move, Deployment: not null } ? [new("model-version", $"{move.Model}@{move.Alias}")] : [];

    private static object Node(EvidenceNode node, IEnumerable<EvidenceReference> named)
    {
        var inputs = named.Concat(node.Inputs).ToLookup(input => input.Kind);
        int Most(string kind) => kind == "trajectory" ? MembersShown : OthersShown;
        return new
        {
            node.Reference,
            events = node.Events.Select(e => new { e.Position, e.Type }).DistinctBy(e => e.Type),
            inputs = inputs.SelectMany(kind => kind.Take(Most(kind.Key))),
            counted = inputs.Where(kind => kind.Count() > Most(kind.Key)).ToDictionary(kind => kind.Key, kind => kind.Count() - Most(kind.Key)),
        };
    }
}
