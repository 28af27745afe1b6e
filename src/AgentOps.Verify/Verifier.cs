using AgentOps.Proofs;

namespace AgentOps.Verify;

/// <summary><c>agentops-verify bundle|ledger FILE</c>: what <c>agentops audit verify</c> and <c>agentops ledger verify FILE</c> do, for an auditor who wants to read all of the code that answers.</summary>
public static class Verifier
{
    public const string Usage = """
        agentops-verify bundle FILE    what a model is made of: an evidence bundle of `agentops audit export`
        agentops-verify ledger FILE    a whole ledger: a file of `agentops ledger export`

          --key FILE             the ledger's first public key, from somebody you trust; without it the file's own is taken
          --checkpoints FOLDER   a copy of the ledger's checkpoints, kept elsewhere
          --witness KEY          the public key of a witness who must have cosigned
          --json                 of a bundle: the proved lineage as JSON

        It reads these files and nothing else. Exit code 0: it is proved; 1: it is not; 2: the call was wrong.
        """;

    /// <returns>The exit code.</returns>
    public static int Run(string[] args, TextWriter said, TextWriter refused)
    {
        if (args is ["--help" or "-h"])
        {
            said.WriteLine(Usage);
            return OfflineVerification.Proved;
        }
        if (args is not [var what and ("bundle" or "ledger"), var file, .. var words])
            return Wrong("Say what to verify.", refused);
        try
        {
            var options = Options(what, words);
            var (key, folder, witness) = (options.GetValueOrDefault("--key"), options.GetValueOrDefault("--checkpoints"), options.GetValueOrDefault("--witness"));
            var verification = new OfflineVerification(said, refused);
            return what == "bundle" ? verification.Bundle(file, key, folder, witness, json: options.ContainsKey("--json")) : verification.Export(file, key, folder, witness);
        }
        catch (ArgumentException wrong)
        {
            return Wrong(wrong.Message, refused);
        }
    }

    private static Dictionary<string, string> Options(string what, string[] words)
    {
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var at = 0; at < words.Length; at++)
        {
            var word = words[at];
            var value = word switch
            {
                "--json" when what == "bundle" => "",
                "--key" or "--checkpoints" or "--witness" => ++at < words.Length ? words[at] : throw new ArgumentException($"{word} needs a value."),
                _ => throw new ArgumentException($"'{PlainText.Of(word)}' is not an option here."),
            };
            if (!options.TryAdd(word, value))
                throw new ArgumentException($"{word} stands there twice.");
        }
        return options;
    }

    private static int Wrong(string sentence, TextWriter refused)
    {
        refused.WriteLine(sentence);
        refused.WriteLine(Usage);
        return OfflineVerification.WrongCall;
    }
}
