using System.Text.Json;
using System.Text.Json.Serialization;

namespace AgentOps.Proofs;

/// <summary>What somebody believes who verifies: nothing else is taken from whoever made the file.</summary>
/// <param name="Key">The log's first public key; null: that which comes with the file.</param>
/// <param name="Checkpoints">Those kept elsewhere; null: none.</param>
/// <param name="Witness">Whose cosignatures are looked for; null: nobody's.</param>
public sealed record Believed(NoteKey? Key, IReadOnlyList<KeptCheckpoint>? Checkpoints, CosignatureKey? Witness)
{
    /// <param name="keyFile">A file with a public key.</param>
    /// <param name="folder">A copy of the ledger's folder of checkpoints.</param>
    /// <param name="witness">A witness's public key.</param>
    /// <exception cref="FormatException">One of them is not what it should be; the message is a sentence.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public static Believed Read(string? keyFile, string? folder, string? witness) => new(
        keyFile is null ? null : NoteKey.Parse(File.ReadAllText(keyFile)),
        folder is null ? null : KeptCheckpoint.AllIn(folder) is { Count: > 0 } kept ? kept : throw new FormatException($"{folder} holds no checkpoints: is it the right folder?"),
        witness is null ? null : CosignatureKey.Parse(witness));
}

/// <summary>Verifies a bundle or an exported ledger with nothing but the file, and says in sentences what was found. The one code that says it, for the command line beside a stack and for <c>agentops-verify</c>.</summary>
/// <param name="said">What was found.</param>
/// <param name="refused">Why the answer is no.</param>
/// <param name="draw">Shows a lineage; null: as plain lines.</param>
public sealed class OfflineVerification(TextWriter said, TextWriter refused, Action<TextTree>? draw = null)
{
    public const int Proved = 0;

    /// <summary>The answer is no.</summary>
    public const int NotProved = 1;

    /// <summary>The call was wrong: a file cannot be read, or is no key.</summary>
    public const int WrongCall = 2;

    private static readonly JsonSerializerOptions Indented = new(EvidenceBundle.Json) { WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <param name="json">Whether the proved lineage is written as JSON instead of being drawn.</param>
    /// <returns><see cref="Proved"/>, <see cref="NotProved"/> or <see cref="WrongCall"/>.</returns>
    public int Bundle(string file, string? keyFile = null, string? folder = null, string? witness = null, bool json = false) => Guarded(file, () =>
    {
        var believed = Believed.Read(keyFile, folder, witness);
        using var bundle = File.OpenRead(file);
        try
        {
            var evidence = EvidenceVerifier.Verify(bundle, believed.Key, believed.Checkpoints, believed.Witness);
            if (json)
                said.WriteLine(Readable(() => JsonSerializer.Serialize(Document(evidence), Indented)));
            else
                Tell(Readable(() => LineageTree.Of(ShownLineage.Of(evidence))), evidence, believed);
            return Proved;
        }
        catch (EvidenceRefusedException no)
        {
            refused.WriteLine($"{Path.GetFileName(file)} proves nothing. {PlainText.Of(no.Message)}");
            return NotProved;
        }
    });

    /// <returns><see cref="Proved"/>, <see cref="NotProved"/> or <see cref="WrongCall"/>.</returns>
    public int Export(string file, string? keyFile = null, string? folder = null, string? witness = null) => Guarded(file, () =>
    {
        var believed = Believed.Read(keyFile, folder, witness);
        using var content = new FileStream(file, new FileStreamOptions { BufferSize = 0, Options = FileOptions.SequentialScan });
        var report = ExportVerifier.Verify(content, believed.Key, believed.Checkpoints, believed.Witness);
        said.WriteLine($"{report.Events} events under {report.Checkpoints} signed checkpoints, their root {Convert.ToHexStringLower(report.Root)}.{Rotated(report.Keys)}");
        if (believed.Key is null && report.Keys.Count > 0)
            said.WriteLine($"The key came with the file. Compare it with one that you trust, or give that with --key: {report.Keys[0]}");
        if (believed.Checkpoints is null)
            said.WriteLine("Nothing shows whether the ledger goes on behind the file's end, or has another view for others: give a copy of its checkpoints with --checkpoints.");
        return Verdict(report.Fault, believed.Witness, report.Witnessed, report.Events, cosigned: null);
    });

    /// <summary>Says what a verification of a whole log came to, be it a file or the database beside a running stack.</summary>
    /// <param name="cosigned">A log that grows meanwhile: since when the witness must have cosigned something of it. Null: it must have cosigned all.</param>
    /// <returns><see cref="Proved"/> or <see cref="NotProved"/>.</returns>
    public int Verdict(VerificationFault? fault, CosignatureKey? witness, Cosigned? witnessed, long events, DateTimeOffset? cosigned)
    {
        if (witnessed is not null)
            said.WriteLine($"{witness!.Name} has cosigned up to event {witnessed.Size}, at {witnessed.At:yyyy-MM-dd HH:mm:ss} UTC; it is {events - witnessed.Size} events behind.");
        if (fault is not null)
            refused.WriteLine($"The ledger was changed: position {fault.Position}: {PlainText.Of(fault.Reason)}");
        else if (witness is not null && witnessed is null)
            refused.WriteLine($"No checkpoint is cosigned by {witness.Name}.");
        else if (witnessed is not null && witnessed.Size < events && !(witnessed.At >= cosigned))
            refused.WriteLine($"From event {witnessed.Size + 1} on there is the log's own key alone, which could sign another past as well: {witness!.Name} has cosigned none of that{(cosigned is null ? "" : $" since {cosigned:yyyy-MM-dd HH:mm:ss} UTC")}.");
        else
        {
            said.WriteLine("Everything that is there fits.");
            return Proved;
        }
        return NotProved;
    }

    public static string Rotated(IReadOnlyList<NoteKey> keys) => keys.Count > 1 ? $" Its key was rotated {keys.Count - 1} times, each time by the one before." : "";

    /// <summary>An event's settings are verified as bytes, and read as text only to be shown.</summary>
    /// <exception cref="EvidenceRefusedException">They are no text.</exception>
    private static T Readable<T>(Func<T> show)
    {
        try
        {
            return show();
        }
        catch (Exception wrong) when (wrong is InvalidOperationException or JsonException or ArgumentException)
        {
            throw new EvidenceRefusedException($"What an event in it says is no text: {wrong.Message}", wrong);
        }
    }

    private void Tell(TextTree tree, Evidence evidence, Believed believed)
    {
        if (draw is not null)
            draw(tree);
        else
            foreach (var line in tree.Lines())
                said.WriteLine(line);
        said.WriteLine($"{evidence.Events} events, each under the checkpoint of {evidence.Checkpoint.Size} events signed by {evidence.Keys[0].Name}.{Rotated(evidence.Keys)}");
        if (evidence.CosignedAt is { } at)
            said.WriteLine($"The witness has cosigned that checkpoint at {at:yyyy-MM-dd HH:mm:ss} UTC.");
        said.WriteLine($"{evidence.Files} files of the model, whose contents in order have the digest {evidence.Subject.Model}{(evidence.NamedBy is { } named ? $"; event {named} names each with its own." : ".")}");
        if (evidence.NamedBy is null)
            said.WriteLine("The names of these files could not be checked: no event of the bundle names them, since they are of before that was done or too many for an event.");
        if (evidence.Datasets is { All: > 0 } sets)
            said.WriteLine(sets.WithContents > 0
                ? $"The contents of {sets.WithContents} of {sets.All} data sets: their samples and the lists of whose they are, as events name them."
                : $"Of {sets.All} data sets the bundle has the events, not the contents that these name: it was not exported with them.");
        if (believed.Key is null)
            said.WriteLine($"The key came with the bundle. Compare it with one that you trust, or give that with --key: {evidence.Keys[0]}");
    }

    /// <summary>The proved lineage as Registry answers with one.</summary>
    private static object Document(Evidence evidence)
    {
        var lineage = ShownLineage.Of(evidence);
        return new
        {
            lineage.Root,
            lineage.Complete,
            evidence.Subject.Model,
            checkpoint = new { evidence.Checkpoint.Origin, evidence.Checkpoint.Size, evidence.Checkpoint.Root },
            files = new { count = evidence.Files, evidence.NamedBy },
            datasets = new { count = evidence.Datasets.All, evidence.Datasets.WithContents },
            lineage.Nodes,
            lineage.Move,
            lineage.Deployment,
        };
    }

    private int Guarded(string file, Func<int> verify)
    {
        try
        {
            return verify();
        }
        catch (FormatException wrong)
        {
            refused.WriteLine(PlainText.Of(wrong.Message));
            return WrongCall;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            refused.WriteLine($"{Path.GetFileName(file)}, the key or the checkpoints cannot be read: {PlainText.Of(unreadable.Message)}");
            return WrongCall;
        }
    }
}
