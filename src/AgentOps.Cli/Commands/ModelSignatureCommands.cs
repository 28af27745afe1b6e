using System.CommandLine;
using System.Text.Json;
using AgentOps.Exports;

namespace AgentOps.Cli.Commands;

/// <summary><c>agentops audit verify-model|public-key</c>: a model's folder against its OpenSSF Model Signing signature, offline, here and with other people's tools.</summary>
public static class ModelSignatureCommands
{
    private static readonly Argument<DirectoryInfo> Folder = new("folder") { Description = "The model's folder." };
    private static readonly Option<FileInfo> Signature = new("--signature") { Description = "Its signature, as `agentops lineage MODEL --format oms` writes it.", Required = true };
    private static readonly Option<FileInfo> Key = new("--key") { Description = "The public key that you trust: the ledger's key.pub, after a rotation its newest key-N.pub, or PEM.", Required = true };
    private static readonly Argument<FileInfo> KeyFile = new("key") { Description = "The ledger's public key, key.pub of its checkpoints; after a rotation the newest key-N.pub." };

    public static void AddTo(Command audit)
    {
        Command verify = new("verify-model", "Verify offline that a folder holds exactly the files that were signed; exit code 1 and a sentence where it does not.") { Folder, Signature, Key };
        verify.SetAction(VerifyAsync);
        Command publicKey = new("public-key", "Print the ledger's public key as PEM, which other people's tools read.") { KeyFile };
        publicKey.SetAction(PublicKeys);
        audit.Subcommands.Add(verify);
        audit.Subcommands.Add(publicKey);
    }

    private static async Task<int> VerifyAsync(ParseResult parsed, CancellationToken ct)
    {
        var (folder, signature) = (parsed.GetValue(Folder)!, parsed.GetValue(Signature)!);
        try
        {
            var model = await ModelFolder.VerifyAsync(folder.FullName, signature.FullName, PublicKey.Read(await File.ReadAllTextAsync(parsed.GetValue(Key)!.FullName, ct)), ct);
            return Output.Print(parsed, JsonSerializer.SerializeToElement(new { model = model.Name, digest = model.Digest.ToString(), files = model.Files.Count }), _ =>
                Console.WriteLine($"{folder.Name} is the signed model {Output.Printable(model.Name)}, {model.Digest}: {model.Files.Count} files and no others."));
        }
        catch (SignatureRefusedException refused)
        {
            Console.Error.WriteLine($"{folder.Name} is not proved to be what was signed. {Output.Printable(refused.Message)}");
            return ExitCode.Failed;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or FormatException)
        {
            Console.Error.WriteLine($"The folder, its signature or the key cannot be read: {Output.Printable(unreadable.Message)}");
            return ExitCode.Usage;
        }
    }

    private static int PublicKeys(ParseResult parsed)
    {
        try
        {
            foreach (var key in PublicKey.Read(File.ReadAllText(parsed.GetValue(KeyFile)!.FullName)))
                Console.Write(key.Pem);
            return ExitCode.Success;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or FormatException)
        {
            Console.Error.WriteLine($"The key cannot be read: {Output.Printable(unreadable.Message)}");
            return ExitCode.Usage;
        }
    }
}
